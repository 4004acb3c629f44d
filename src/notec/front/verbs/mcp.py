"""`notec mcp`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from notec.core import NotecError

if TYPE_CHECKING:
    from notec.front.session import Session

NAME = "mcp"
EXAMPLE = "notec --vault ~/vault mcp"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def run(session: Session) -> int:
    """Speak MCP on standard input and output until the other side closes it."""
    try:
        import mcp  # noqa: F401
    except ImportError:
        raise NotecError("the protocol's library is not installed", "pip install 'notec[mcp]'") from None
    import asyncio

    from notec.app.serving import Vaults
    from notec.front.mcp import server

    vaults = Vaults(session.workspace)
    try:
        asyncio.run(server(vaults).run_stdio_async())
    finally:
        vaults.close()
    return 0
