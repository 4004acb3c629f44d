"""The vault for agents, by the protocol's own client: over standard input and output, and over HTTP."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serving import NOTES, Served, serving

pytest.importorskip("mcp")
pytest.importorskip("starlette")
pytest.importorskip("aiohttp")

import anyio
from mcp.client.session import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

TOOLS = ["search", "read", "ask", "brief", "check", "plan"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("mcp")) as found:
        yield found


async def use(session: ClientSession) -> dict[str, Any]:
    """What an agent does with the vault."""
    await session.initialize()
    out: dict[str, Any] = {"tools": [t.name for t in (await session.list_tools()).tools]}

    async def call(name: str, **given: Any) -> Any:
        return await session.call_tool(name, given)

    out["ask"] = (await call("ask", question="How many eggs does the omelette take?")).structured_content
    out["search"] = (await call("search", query="гигабайт памяти", limit=1)).structured_content
    out["read"] = (await call("read", note="Pan")).structured_content
    out["brief"] = (await call("brief", note="Omelette")).structured_content
    out["check"] = (await call("check")).structured_content
    out["missing"] = await call("read", note="Nothing of the kind")
    out["plan"] = await call("plan", model="Qwen-3 110B")
    found = await session.read_resource("note:///%D0%9F%D0%B0%D0%BC%D1%8F%D1%82%D1%8C.md")
    out["resource"] = found.contents[0].text
    return out


def is_right(out: dict[str, Any]) -> None:
    assert out["tools"] == TOOLS
    assert out["ask"]["claims"][0]["because"][0]["note"] == "Omelette.md"
    assert out["search"]["hits"][0]["note"] == "Память.md"
    assert out["read"] == {"note": "Kitchen/Pan.md", "text": NOTES["Kitchen/Pan.md"]}
    assert out["brief"]["note"] == "Omelette.md"
    assert out["check"]["count"] == len(out["check"]["findings"])
    assert out["missing"].is_error
    assert "no note" in out["missing"].content[0].text
    assert out["plan"].is_error
    assert "no such model" in out["plan"].content[0].text
    assert out["resource"] == NOTES["Память.md"]


def test_over_standard_input_and_output(served: Served) -> None:
    arguments = ["-m", "notec.front.cli", "--vault", str(served.vault), "--home", str(served.home), "mcp"]

    async def main() -> dict[str, Any]:
        server = StdioServerParameters(command=sys.executable, args=arguments)
        async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
            return await use(session)

    is_right(anyio.run(main))


def test_over_http_behind_the_guard(served: Served) -> None:
    async def main() -> dict[str, Any]:
        import httpx2 as httpx

        headers = {"Authorization": f"Bearer {served.token}"}
        async with (
            httpx.AsyncClient(headers=headers, timeout=60) as client,
            streamable_http_client(f"{served.url}/mcp", http_client=client) as (read, write, *_),
            ClientSession(read, write) as session,
        ):
            return await use(session)

    is_right(anyio.run(main))


def test_no_token_no_tools(served: Served) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert served.post("/mcp", body, Authorization=None).status == 401
    assert served.post("/mcp", body, Host="evil.example").status == 403
    assert served.post("/mcp", body, Origin="http://evil.example").status == 403


def test_a_folder_that_is_no_vault_is_said(tmp_path: Path) -> None:
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "notec.front.cli", "--vault", str(tmp_path / "none"), "mcp"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no such folder" in done.stderr
