"""What a rule is. Its file's text is the user's page: `notec explain CODE` and `docs/rules/` print it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

from notec.core import Diagnostic, Doc, Severity
from notec.vault import Note


class Entry(NamedTuple):
    """What one note tells under a key.

    Args:
        note: path inside the vault; empty for what the vault itself tells (a file that is no note).
        said: plain values, in the topic's own order.
    """

    note: str
    line: int
    start: int
    end: int
    said: tuple[Any, ...] = ()


class View(Protocol):
    """What a rule may see of the whole vault."""

    def paths(self) -> Collection[str]:
        """All notes."""

    def nearest(self, name: str, asker: str) -> list[str]:
        """Notes whose name or alias is written much like `name`, best first; for a finding about `asker`."""

    def unlinked(self) -> Sequence[str]:
        """Notes without any link to or from another one."""

    def line_text(self, note: str, line: int) -> str:
        """A line of a note, without its end."""

    def doc(self, note: str) -> Doc:
        """The text of a note."""

    def no_such_model(self, name: str) -> tuple[str, str] | None:
        """The nearest names and a reason where a model never existed; None where it did, or may have."""


class Surveyor(Protocol):
    """Looks at the whole vault, and keeps what it has seen from one survey to the next."""

    def put(self, path: str, brief: Any) -> None:
        """A note is new, or has changed."""

    def remove(self, path: str) -> None:
        """A note is gone; nothing happens when it was not there."""

    def survey(self, view: View) -> Iterable[Diagnostic]:
        """All findings of now."""


@runtime_checkable
class Keeping(Surveyor, Protocol):
    """One whose survey of many notes takes so long that what it found out is kept for another process."""

    def kept(self) -> Any:
        """Plain data; nothing that `put` gives."""

    def restore(self, kept: Any) -> None:
        """All notes were put as they were then; what was found out of them is this."""


@dataclass(frozen=True)
class Topic:
    """Something that notes tell one another about, shared by the rules that judge it.

    Args:
        name: unique; part of the key.
        share: what a note tells: pairs of a key and an entry.
        files: what the files that are no notes tell.
        common: which entries concern every note under the key. Where it is given, a finding is about a note
            that told something else, and rests on that and the common entries alone: an edit judges one note.
        prepare: makes of the entries what the rules judge, once for all of them.
        least: of entries under a key; fewer say nothing.
        apart: so much is told and judged that it is kept packed, and of many notes judged by other processes.
        placeless: whether anything is found does not change where a note tells the same, further down or up.
        half: which keys of a topic apart one of two processes judges; nothing is told under keys of both.
    """

    name: str
    share: Callable[[Note], Iterable[tuple[str, Entry]]]
    files: Callable[[Sequence[str]], Iterable[tuple[str, Entry]]] | None = None
    common: Callable[[Entry], bool] | None = None
    prepare: Callable[[Sequence[Entry]], Sequence[Any]] | None = None
    least: int = 1
    apart: bool = False
    placeless: bool = False
    half: Callable[[str], bool] = bool


@dataclass(frozen=True)
class Rule:
    """One thing that can be wrong.

    Args:
        code: short kebab name. severity: unless the configuration says otherwise.
        summary: one line. why: why it is bad. mend: how to mend it.
        example: a small vault in Markdown: `## path` and the note below it, for the page and the test.
        look: findings of one note by itself.
        topic, judge: findings from what all notes told under one key, in the order of their paths, or from
            what the topic prepared of it.
        survey: findings that need the whole vault; asked anew whenever anything changed.
        brief, surveyor: the same, by one who keeps what he has seen; `brief` makes of a note what he is told.
        finish: completes a finding when it is shown, with what may change without the rule being asked
            again, such as "did you mean".
        deep: it is found by asking a model, with `--deep`, see `check.deep`.
    """

    code: str
    severity: Severity
    summary: str
    why: str
    mend: str
    example: str
    look: Callable[[Note], Iterable[Diagnostic]] | None = None
    topic: Topic | None = None
    judge: Callable[[str, Sequence[Any]], Iterable[Diagnostic]] | None = None
    survey: Callable[[View], Iterable[Diagnostic]] | None = None
    brief: Callable[[Note], Any] | None = None
    surveyor: Callable[[], Surveyor] | None = None
    finish: Callable[[Diagnostic, View], Diagnostic] | None = None
    deep: bool = False
