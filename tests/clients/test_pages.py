"""Every page of docs/clients is followed as it stands: its settings are those that are tried here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from greens import Green
from programs import node

from serving import Served

pytestmark = pytest.mark.clients
PAGES = Path(__file__).parents[2] / "docs/clients"
JS = Path(__file__).parent / "js"
NAMES = {
    "openai-python": "openai",
    "litellm": "litellm",
    "langchain": "langgraph",
    "ollama-python": "ollama",
    "openai-agents": "agents",
}


def blocks(page: str, language: str, served: Served) -> list[str]:
    """The code of a page, with this server's address and token put in."""
    text = (PAGES / f"{page}.md").read_text("utf-8")
    found = re.findall(rf"```{language}\n(.*?)```", text, re.S)
    return [b.replace("http://127.0.0.1:8766", served.url).replace("TOKEN", served.token) for b in found]


def _ran(command: list[str], cwd: Path, home: Path) -> str:
    environment = {**os.environ, "HOME": str(home), "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("page", NAMES)
def test_python(served: Served, page: str, tmp_path: Path, green: Green) -> None:
    pytest.importorskip(NAMES[page])
    for code in blocks(page, "python", served):
        said = _ran([sys.executable, "-W", "ignore", "-c", code], tmp_path, tmp_path)
        assert "three eggs" in said or "+vault:select" not in code
    green(page, "page")


@pytest.mark.parametrize("page", ["openai-javascript", "ollama-javascript", "ai-sdk"])
def test_javascript(served: Served, page: str, tmp_path: Path, green: Green) -> None:
    program = node()
    if not program or not (JS / "node_modules").is_dir():
        pytest.skip("node or the packages of tests/clients/js are not installed")
    for code in blocks(page, "js", served):
        assert "three eggs" in _ran([program, "--input-type=module", "-e", code], JS, tmp_path)
    green(page, "page")


def test_aider(served: Served, tmp_path: Path, green: Green) -> None:
    aider = os.environ.get("AIDER") or shutil.which("aider")
    if not aider:
        pytest.skip("aider is not installed")
    (command,) = blocks("aider", "sh", served)
    quiet = "--no-git --yes-always --no-check-update --analytics-disable --no-show-model-warnings"
    quiet += " --no-show-release-notes --no-pretty"
    line = command.strip().replace("aider", aider, 1) + " " + quiet
    assert "three eggs" in _ran(["sh", "-c", line], tmp_path, tmp_path)
    green("aider", "page", "chat", "vault")


def continued(served: Served) -> str:
    """The models of Continue's page as its adapters take them."""
    yaml = pytest.importorskip("yaml")
    (text,) = blocks("continue", "yaml", served)
    models = [{**m, "apiBase": m["apiBase"] + "/"} for m in yaml.safe_load(text)["models"]]
    return json.dumps(models)
