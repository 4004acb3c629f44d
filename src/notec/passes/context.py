"""What every pass is given besides the program so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from notec.core import Citation, Diagnostic
from notec.passes.ir import Program
from notec.passes.sandbox import Found, find_sandbox
from notec.passes.slot import Asker
from notec.vault import Note


@dataclass(frozen=True)
class Definition:
    """What the vault says about a term of the idea; background for prompts, never a requirement."""

    term: str
    because: Citation


@dataclass(frozen=True)
class Context:
    """The idea and the means; a pass is `run(context, program) -> Outcome[Program]`.

    Args:
        notes: what is compiled, in order: ideas, `.pseudo` files, notes.
        findings: what the rules of `check` say about them.
        definitions: what the vault says about their terms.
        last: the program that lies in the build folder, the user's edits in it; empty for the first run.
        ran: the program that the last run ended with, before he edited anything since.
        made: what the passes themselves made in the last run, without any edit of his.
        same: the last run had the same model and the same passes, so what rests on unchanged input can be
            taken from `made`.
        language: of what is written for the reader: `ru` or `en`.
        progress: told what goes on, one line at a time.
        sandbox: where code is run; looked for when there is something to run.
    """

    notes: tuple[Note, ...]
    asker: Asker
    findings: tuple[Diagnostic, ...] = ()
    definitions: tuple[Definition, ...] = ()
    last: Program = field(default_factory=Program)
    ran: Program = field(default_factory=Program)
    made: Program = field(default_factory=Program)
    same: bool = False
    language: str = "en"
    progress: Callable[[str], None] = lambda line: None
    sandbox: Callable[[], Found] = find_sandbox
