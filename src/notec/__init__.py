"""A compiler for notes.

    import notec
    ws = notec.Workspace.open("~/vault")
    ws.index()
    answer = ws.ask("does it make sense to run a very large model at home?")
    for claim in answer.claims:
        print(claim.text, claim.because[0].note, claim.because[0].line)

Everything a user of the library needs is here; it is imported when first used, so that
`import notec` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notec.version import __version__

if TYPE_CHECKING:
    from notec.app import Workspace
    from notec.app.compiling import Build, Wishes
    from notec.app.planning import Interval, Machine, Plan, plan
    from notec.ask import Answer, Brief
    from notec.core import Citation, Claim, Diagnostic, NotecError, Span
    from notec.index import Hit, IndexReport

__all__ = [
    "Answer",
    "Brief",
    "Build",
    "Citation",
    "Claim",
    "Diagnostic",
    "Hit",
    "IndexReport",
    "Interval",
    "Machine",
    "NotecError",
    "Plan",
    "Span",
    "Wishes",
    "Workspace",
    "__version__",
    "plan",
]

_HOMES = {
    "Answer": "notec.ask",
    "Brief": "notec.ask",
    "Build": "notec.app.compiling",
    "Citation": "notec.core",
    "Claim": "notec.core",
    "Diagnostic": "notec.core",
    "Hit": "notec.index",
    "IndexReport": "notec.index",
    "Interval": "notec.app.planning",
    "Machine": "notec.app.planning",
    "NotecError": "notec.core",
    "Plan": "notec.app.planning",
    "Span": "notec.core",
    "Wishes": "notec.app.compiling",
    "Workspace": "notec.app",
    "plan": "notec.app.planning",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'notec' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
