"""The vault for agents, by the protocol's own client: over standard input and output, and over HTTP."""

from __future__ import annotations

import json
import re
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
from mcp.shared.exceptions import MCPError
from mcp_types import PaginatedRequestParams, ResourceTemplateReference

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


def test_notes_are_listed_by_pages_and_paths_completed(tmp_path: Path) -> None:
    notes = {f"N{n:03}.md": f"# N{n}\n" for n in range(230)} | {"Папка/Память.md": "# Память\n"}

    async def main(served: Served) -> None:
        import httpx2 as httpx

        headers = {"Authorization": f"Bearer {served.token}"}
        async with (
            httpx.AsyncClient(headers=headers, timeout=60) as client,
            streamable_http_client(f"{served.url}/mcp", http_client=client) as (read, write, *_),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            first = await session.list_resources()
            assert (len(first.resources), first.next_cursor) == (200, "200")
            rest = await session.list_resources(params=PaginatedRequestParams(cursor=first.next_cursor))
            assert (len(rest.resources), rest.next_cursor) == (31, None)
            assert {r.name for r in [*first.resources, *rest.resources]} == set(notes)
            last = rest.resources[-1]
            assert (last.title, last.mime_type) == ("Память", "text/markdown")
            assert (await session.read_resource(last.uri)).contents[0].text == "# Память\n"
            for wrong in ("x", "-1", "9" * 50):
                with pytest.raises(MCPError, match="no such cursor"):
                    await session.list_resources(params=PaginatedRequestParams(cursor=wrong))
            (template,) = (await session.list_resource_templates()).resource_templates
            ref = ResourceTemplateReference(type="ref/resource", uri=template.uri_template)
            found = (await session.complete(ref, {"name": "path", "value": "пам"})).completion
            assert (found.values, found.total) == (["Папка/Память.md"], 1)
            many = (await session.complete(ref, {"name": "path", "value": "n"})).completion
            assert (len(many.values), many.has_more) == (100, True)
            tools = (await session.list_tools()).tools
            assert all(t.title and t.annotations.read_only_hint for t in tools)

    with serving(tmp_path, notes=notes) as served:
        anyio.run(main, served)


def test_the_settings_of_the_page_start_a_server_that_works(served: Served) -> None:
    page = (Path(__file__).parent.parent / "docs/clients/mcp.md").read_text("utf-8")
    own, http = (
        json.loads(text)["mcpServers"]["notec"] for text in re.findall(r"```json\n(.*?)```", page, re.S)
    )
    assert own["command"] == "notec"
    given = [str(served.vault) if a == "/path/to/vault" else a for a in own["args"]]

    async def main() -> None:
        import httpx2 as httpx

        arguments = ["-m", "notec.front.cli", "--home", str(served.home), *given]
        server = StdioServerParameters(command=sys.executable, args=arguments)
        async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            assert len((await session.list_tools()).tools) == len(TOOLS)
        headers = {k: v.replace("TOKEN", served.token) for k, v in http["headers"].items()}
        url = http["url"].replace("http://127.0.0.1:8766", served.url)
        async with (
            httpx.AsyncClient(headers=headers, timeout=60) as client,
            streamable_http_client(url, http_client=client) as (read, write, *_),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            assert len((await session.list_tools()).tools) == len(TOOLS)

    anyio.run(main)


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
