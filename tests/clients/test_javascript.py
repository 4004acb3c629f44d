"""JavaScript clients: openai, ollama, the AI SDK, what Reor is built with, Continue's adapters."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from greens import Green
from programs import node
from test_pages import PAGES, continued

from serving import Served

pytestmark = pytest.mark.clients
HERE = Path(__file__).parent / "js"
CALLS = 33


def test_every_call_of_every_client(served: Served, tooled: Served, slow: Served, green: Green) -> None:
    program = node()
    if not program or not (HERE / "node_modules").is_dir():
        pytest.skip("node or the packages of tests/clients/js are not installed")
    done = subprocess.run(
        [program, "check.mjs"],
        cwd=HERE,
        env={
            **os.environ,
            "BASE": served.url,
            "TOKEN": served.token,
            "TOOLED": tooled.url,
            "TOOLED_TOKEN": tooled.token,
            "SLOW": slow.url,
            "SLOW_TOKEN": slow.token,
            "CONTINUE": continued(served),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == CALLS
    for line in lines:
        green(*line.split())
    green("continue", "page")
    text = (PAGES / "reor.md").read_text("utf-8")
    assert {"`http://127.0.0.1:8766/v1`", "`notec+vault:select`"} <= set(re.findall(r"`[^`]+`", text))
    green("reor", "page")
