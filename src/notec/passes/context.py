"""What every pass is given besides the program so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
        ran: for each pass that the same model and the same code have run before, the program at its end:
            what rests on unchanged input is taken from `made` instead of being asked again.
        made: what the passes themselves made last, without any edit of his.
        language: of what is written for the reader: `ru` or `en`.
        progress: told what goes on, one line at a time.
        sandbox: where code is run; looked for when there is something to run.
    """

    notes: tuple[Note, ...]
    asker: Asker
    findings: tuple[Diagnostic, ...] = ()
    definitions: tuple[Definition, ...] = ()
    last: Program = field(default_factory=Program)
    ran: Mapping[str, Program] = field(default_factory=dict)
    made: Program = field(default_factory=Program)
    language: str = "en"
    progress: Callable[[str], None] = lambda line: None
    sandbox: Callable[[], Found] = find_sandbox

    def terms(self, *texts: str) -> dict[str, str]:
        """What the vault says about the terms that stand in some texts."""
        low = " ".join(texts).casefold()
        return {d.term: d.because.quote for d in self.definitions if d.term.casefold() in low}
