"""JavaScript clients: openai, ollama, the AI SDK (what Reor uses), Continue's adapters."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from serving import Served

pytestmark = pytest.mark.clients
HERE = Path(__file__).parent / "js"
CALLS = 15


def test_every_call_of_every_client(served: Served) -> None:
    node = shutil.which("node")
    if not node or not (HERE / "node_modules").is_dir():
        pytest.skip("node or the packages of tests/clients/js are not installed")
    done = subprocess.run(
        [node, "check.mjs"],
        cwd=HERE,
        env={**os.environ, "BASE": served.url, "TOKEN": served.token},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == CALLS
