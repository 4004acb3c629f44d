"""The generic part of MCP's own conformance suite; `docs/clients/mcp.md` names what is left out, and why."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from programs import node

from serving import Served

pytestmark = pytest.mark.clients
SUITE = Path(__file__).parent / "js/node_modules/@modelcontextprotocol/conformance/dist/index.js"
PAGE = Path(__file__).parents[2] / "docs/clients/mcp.md"
GENERIC = (
    "server-initialize",
    "server-session-lifecycle",
    "server-stateless",
    "ping",
    "completion-complete",
    "tools-list",
    "tools-call-error",
    "server-sse-multiple-streams",
    "resources-list",
    "sep-2164-resource-not-found",
    "prompts-list",
    "dns-rebinding-protection",
    "caching",
    "http-header-validation",
)
# Checks that ask for a tool of the suite's own, in a scenario whose other checks do not.
LACKS = {"ServerRejectsUndeclaredCapability", "MissingCapabilityHttp400"}


def ran(*words: str) -> subprocess.CompletedProcess[str]:
    program = node()
    if not program or not SUITE.exists():
        pytest.skip("node or the suite is not installed")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.strip("v\n").split(".")[0]) < 22:
        pytest.skip("the suite needs Node 22")
    command = [program, str(SUITE), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)


@pytest.mark.parametrize("scenario", GENERIC)
def test_conformance(served: Served, scenario: str) -> None:
    url = f"{served.url}/key/{served.token}/mcp"  # the suite sends no token of its own
    done = ran("server", "--url", url, "--scenario", scenario)
    failed = set(re.findall(r"^  - (\w+): ", done.stdout.partition("Failed Checks")[2], re.M))
    assert failed <= (LACKS if scenario == "server-stateless" else set()), done.stdout + done.stderr
    assert re.search(r"Passed: [1-9]", done.stdout), done.stdout + done.stderr


def test_every_scenario_is_run_or_named_on_the_page() -> None:
    listed = ran("list").stdout.partition("Client scenarios")[0]
    names = set(re.findall(r"^  - (\S+) \[", listed, re.M))
    text = PAGE.read_text("utf-8")
    named = set(re.findall(r"`([\w-]+\*?)`", text))
    starts = tuple(name.removesuffix("*") for name in named if name.endswith("*"))
    assert set(GENERIC) <= names & named
    assert {n for n in names if n not in named and not n.startswith(starts)} == set()
