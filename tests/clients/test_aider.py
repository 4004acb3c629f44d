"""aider, as a user starts it: one question to the vault, from the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from serving import Served

pytestmark = pytest.mark.clients


def test_aider_asks_the_vault(served: Served, tmp_path: Path) -> None:
    aider = os.environ.get("AIDER") or shutil.which("aider")
    if not aider:
        pytest.skip("aider is not installed")
    command = [aider, "--model", "openai/notec+vault:select", "--openai-api-base", f"{served.url}/v1"]
    command += ["--openai-api-key", served.token, "--no-git", "--yes-always", "--no-check-update"]
    command += ["--analytics-disable", "--no-show-model-warnings", "--no-show-release-notes", "--no-pretty"]
    command += ["--edit-format", "ask", "--message", "How many eggs does the omelette take?"]
    environment = {**os.environ, "HOME": str(tmp_path), "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=280, check=False
    )
    assert "three eggs" in done.stdout, done.stdout + done.stderr
