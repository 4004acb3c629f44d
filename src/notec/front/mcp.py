"""`notec mcp`: the vault as tools and resources for an agent, by the Model Context Protocol.

Each tool is one verb of `app` and gives its plain data. What a note says is given as data; a tool that fails
says what the user can mend.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from notec.core import NotecError
from notec.version import __version__

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from notec.app import Workspace
    from notec.app.serving import Vaults

T = TypeVar("T")
_SAYS = """\
A private vault of Markdown notes in Russian and English. `ask` answers with the user's own statements and \
their places, and refuses what the vault does not say; `search` finds passages; `read` gives a note. Quote \
notes as they stand, and name note and line."""


def server(vaults: Vaults) -> MCPServer:
    """An MCP server over one vault."""
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError

    made = MCPServer("notec", instructions=_SAYS, version=__version__, log_level="ERROR")

    async def do(verb: Callable[[Workspace], T], *, slow: bool = False) -> T:
        try:
            return await vaults.run(verb, slow=slow)
        except NotecError as error:
            raise ToolError(str(error)) from None

    @made.tool(description="Passages of the vault that fit a query, best first.")
    async def search(query: str, limit: int = 10) -> dict[str, Any]:
        hits = await do(lambda ws: ws.search(query, limit=min(limit, 100)))
        return {"hits": [hit.to_json() for hit in hits]}

    @made.tool(description="The text of a note, by its path, name or alias.")
    async def read(note: str) -> dict[str, Any]:
        def verb(ws: Workspace) -> dict[str, Any]:
            path = ws.find_note(note)
            return {"note": path, "text": ws.text(path)}

        return await do(verb)

    @made.tool(description="What the vault says to a question: statements with their places, or a refusal.")
    async def ask(question: str, limit: int = 5) -> dict[str, Any]:
        return await do(lambda ws: ws.ask(question, limit=min(limit, 50)).to_json())

    @made.tool(description="The problem of a note, what follows if it stays unsolved, and how to solve it.")
    async def brief(note: str) -> dict[str, Any]:
        return await do(lambda ws: ws.brief(note).to_json(), slow=True)

    @made.tool(description="What is wrong in the vault, at note and line; of one note where one is named.")
    async def check(note: str = "", limit: int = 100) -> dict[str, Any]:
        def verb(ws: Workspace) -> dict[str, Any]:
            path = ws.find_note(note) if note else ""
            found = [d for d in ws.check() if path in ("", d.note)]
            return {"count": len(found), "findings": [d.to_json() for d in found[:limit]]}

        return await do(verb)

    @made.tool(description="Whether this machine can run a model, in which precision, and how fast.")
    async def plan(model: str) -> dict[str, Any]:
        def verb(ws: Workspace) -> dict[str, Any]:
            from notec.app.planning import plan as planned

            return planned(None, model).to_json()

        return await do(verb)

    @made.resource(
        "note:///{+path}", name="note", mime_type="text/markdown", description="A note of the vault."
    )
    async def note(path: str) -> str:
        return await do(lambda ws: ws.text(ws.find_note(path)))

    return made
