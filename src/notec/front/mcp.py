"""`notec mcp`: the vault as tools and resources for an agent, by the Model Context Protocol.

Each tool is one verb of `app` and gives its plain data. What a note says is given as data; a tool that fails
says what the user can mend.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from notec.core import NotecError
from notec.version import __version__

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from notec.app import Workspace
    from notec.app.serving import Vaults

T = TypeVar("T")
PAGE = 200  # notes in one answer
_MARKDOWN = "text/markdown"
_SAYS = """\
A private vault of Markdown notes in Russian and English. `ask` answers with the user's own statements and \
their places, and refuses what the vault does not say; `search` finds passages; `read` gives a note. Quote \
notes as they stand, and name note and line."""


def server(vaults: Vaults) -> MCPServer:
    """An MCP server over one vault."""
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp_types import ToolAnnotations

    reads = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    made = MCPServer("notec", instructions=_SAYS, version=__version__, log_level="ERROR")

    async def do(verb: Callable[[Workspace], T], *, slow: bool = False) -> T:
        try:
            return await vaults.run(verb, slow=slow)
        except NotecError as error:
            raise ToolError(str(error)) from None

    @made.tool(
        title="Search the notes",
        annotations=reads,
        description="Passages of the vault that fit a query, best first.",
    )
    async def search(query: str, limit: int = 10) -> dict[str, Any]:
        hits = await do(lambda ws: ws.search(query, limit=min(limit, 100)))
        return {"hits": [hit.to_json() for hit in hits]}

    @made.tool(
        title="Read a note", annotations=reads, description="The text of a note, by its path, name or alias."
    )
    async def read(note: str) -> dict[str, Any]:
        def verb(ws: Workspace) -> dict[str, Any]:
            path = ws.find_note(note)
            return {"note": path, "text": ws.text(path)}

        return await do(verb)

    @made.tool(
        title="Ask the vault",
        annotations=reads,
        description="What the vault says to a question: statements with their places, or a refusal.",
    )
    async def ask(question: str, limit: int = 5) -> dict[str, Any]:
        return await do(lambda ws: ws.ask(question, limit=min(limit, 50)).to_json())

    @made.tool(
        title="Brief of a note",
        annotations=reads,
        description="The problem of a note, what follows if it stays unsolved, and how to solve it.",
    )
    async def brief(note: str) -> dict[str, Any]:
        return await do(lambda ws: ws.brief(note).to_json(), slow=True)

    @made.tool(
        title="Check the notes",
        annotations=reads,
        description="What is wrong in the vault, at note and line; of one note where one is named.",
    )
    async def check(note: str = "", limit: int = 100) -> dict[str, Any]:
        def verb(ws: Workspace) -> dict[str, Any]:
            path = ws.find_note(note) if note else ""
            found = [d for d in ws.check() if path in ("", d.note)]
            return {"count": len(found), "findings": [d.to_json() for d in found[:limit]]}

        return await do(verb)

    @made.tool(
        title="Plan a model",
        annotations=reads,
        description="Whether this machine can run a model, in which precision, and how fast.",
    )
    async def plan(model: str) -> dict[str, Any]:
        def verb(ws: Workspace) -> dict[str, Any]:
            from notec.app.planning import plan as planned

            return planned(None, model).to_json()

        return await do(verb)

    @made.resource(
        "note:///{+path}",
        name="note",
        title="Note",
        mime_type=_MARKDOWN,
        description="A note of the vault.",
    )
    async def note(path: str) -> str:
        return await do(lambda ws: ws.text(ws.find_note(path)))

    _lists(made, vaults)
    return made


def _lists(made: MCPServer, vaults: Vaults) -> None:
    """Every note is a resource, a page of them at a time, and its path can be completed."""
    from mcp.shared.exceptions import MCPError
    from mcp_types import INVALID_PARAMS, Completion, ListResourcesResult, PaginatedRequestParams, Resource

    from notec.app.reading import paths

    async def notes() -> list[str]:
        try:
            return await vaults.run(paths)
        except NotecError:  # not indexed yet: the tools say so
            return []

    async def listed(context: Any, given: PaginatedRequestParams | None) -> ListResourcesResult:
        cursor = given.cursor if given else None
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
            raise MCPError(code=INVALID_PARAMS, message="no such cursor")
        start, found = int(cursor or 0), await notes()
        page = [
            Resource(
                uri=f"note:///{quote(path)}", name=path, title=PurePosixPath(path).stem, mime_type=_MARKDOWN
            )
            for path in found[start : start + PAGE]
        ]
        end = start + PAGE
        return ListResourcesResult(resources=page, next_cursor=str(end) if end < len(found) else None)

    @made.completion()  # type: ignore[no-untyped-call, untyped-decorator]
    async def complete(ref: Any, argument: Any, context: Any) -> Completion:
        words = argument.value.casefold() if argument.name == "path" else None
        near = [path for path in await notes() if words is not None and words in path.casefold()]
        near.sort(key=lambda path: (not path.casefold().startswith(words or ""), path))
        return Completion(values=near[:100], total=len(near), has_more=len(near) > 100)

    # the server's own list knows no pages and no notes that are new
    made._lowlevel_server.add_request_handler("resources/list", PaginatedRequestParams, listed)
