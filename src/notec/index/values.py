"""What goes into the index and what comes out of it, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from notec.core import Diagnostic, Span

if TYPE_CHECKING:
    from notec.index.reading import Reader


@dataclass(frozen=True)
class Settings:
    """What may be found, and how it is read. A change of these reads the vault again by itself.

    Args:
        ignore: further patterns, in the syntax of `.gitignore`.
        max_bytes: longest note that is read.
        saved_folder: notec's own folder of the vault; never a source.
        dialect: `auto`, `obsidian` or `dendron` (which side of `[[a|b]]` is the target).
        documents: whether PDF, DOCX, HTML and EPUB count as notes where their readers are installed.
        front_matter: whether the texts of a note's properties can be found.
        graph: `auto`, `on` or `off`: what `search` does when it is not told.
        workers: processes that read notes; 0 takes what the machine has, 1 reads in this process.
    """

    ignore: tuple[str, ...] = ()
    max_bytes: int = 256 << 20
    saved_folder: str = "notec"
    dialect: str = "auto"
    documents: bool = True
    front_matter: bool = True
    graph: str = "auto"
    workers: int = 0


@dataclass(frozen=True)
class Filters:
    """What narrows a search; empty fields do not.

    Args:
        folder: path inside the vault; notes in it and below.
        tag: notes with this tag or one nested in it, without regard to case.
        since, until: first and last day, ISO 8601; notes without a date are left out.
        language: `ru`, `en` or `other`.
        role: side of a chat: `user`, `assistant`, `system`.
    """

    folder: str = ""
    tag: str = ""
    since: str = ""
    until: str = ""
    language: str = ""
    role: str = ""

    def __bool__(self) -> bool:
        return any((self.folder, self.tag, self.since, self.until, self.language, self.role))


@dataclass(frozen=True)
class Hit:
    """A passage that was found.

    Args:
        note: path inside the vault.
        line: line of the passage's most fitting place, from 1.
        first_line: line on which the passage begins.
        text: the words of the passage, as they were indexed.
        score: comparable inside one result only.
        passage: id of the passage, for `Index.statements` and `Index.passages`.
        span: the passage's place in the note's text.
        heading: the chain of headings above it, outermost first.
        title: the note's title.
    """

    note: str
    line: int
    text: str
    score: float
    passage: int
    span: Span
    heading: tuple[str, ...] = ()
    title: str = ""
    first_line: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "note": self.note,
            "line": self.line,
            "text": self.text,
            "score": round(self.score, 4),
            "passage": self.passage,
            "span": list(self.span),
            "heading": list(self.heading),
            "title": self.title,
        }


@dataclass(frozen=True)
class IndexReport:
    """What one update did.

    Args:
        notes, statements, links: how many the index has now.
        seconds: wall time of the update.
        read: notes whose bytes were read; analysed: notes whose words were analysed.
        stopped: it was cancelled; what was done is kept.
    """

    notes: int
    changed: int
    added: int
    removed: int
    renamed: int
    statements: int
    links: int
    seconds: float
    read: int = 0
    analysed: int = 0
    passages: int = 0
    stopped: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()

    def to_json(self) -> dict[str, Any]:
        names = "notes changed added removed renamed statements links passages read analysed stopped"
        out: dict[str, Any] = {name: getattr(self, name) for name in names.split()}
        out["seconds"] = round(self.seconds, 3)
        out["diagnostics"] = [d.to_json() for d in self.diagnostics]
        return out


class Progress(NamedTuple):
    """How far an update is: `done` of `total` notes.

    `stage` is `scan`, `read`, `links`, `search`, `embed` or `compare`.
    """

    stage: str
    done: int
    total: int


ProgressSink = Callable[[Progress], None]
Cancel = Callable[[], bool]


class Reranker(Protocol):
    """A model that judges a few passages more closely than lists can."""

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """How well each text fits the query.

        Raises:
            NotecError: it cannot be asked now.
        """


class DenseLeg(Protocol):
    """Vectors beside the full text, made of the truth like it. None is needed; `Index.open` takes one."""

    def sync(self, reader: Reader, progress: ProgressSink, cancel: Cancel) -> tuple[Diagnostic, ...]:
        """Bring the vectors to what `reader` shows; runs at the end of an update, under the writer's lock."""

    def ranking(
        self,
        query: str,
        language: str,
        allowed_notes: Collection[int] | None,
        limit: int,
        *,
        note_language: str = "",
        role: str = "",
    ) -> list[tuple[int, float]]:
        """Passage ids with their scores, best first; empty where it does not help this language.

        Args:
            language: of the query.
            allowed_notes: numbers of the notes that may be found, or None for all.
            note_language, role: those of `Filters`; empty for all.
        """

    def status(self) -> dict[str, Any]:
        """Model, counts, and for each language whether it helps; plain data, nothing is loaded for it."""

    def close(self) -> None:
        """Let go of files and servers."""


@dataclass(frozen=True)
class NoteRow:
    """A note as the index knows it."""

    id: int
    path: str
    title: str
    language: str
    date: str
    uid: str
    digest: str
    size: int
    mtime_ns: int
    properties: Mapping[str, Any] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class PassageRow(NamedTuple):
    """A stretch of a note that is found as one: `text` is the note's `[start:end]`."""

    id: int
    note: str
    title: str
    start: int
    end: int
    line: int
    heading: tuple[str, ...]
    text: str


class StatementRow(NamedTuple):
    """A statement with its words; `turn` is the number of its chat turn in the note, or -1."""

    id: str
    note: str
    start: int
    end: int
    line: int
    kind: str
    heading: tuple[str, ...]
    block: int
    turn: int
    text: str


class LinkRow(NamedTuple):
    """A link with what it means: `resolved` is a path inside the vault, or empty."""

    source: str
    resolved: str
    kind: str
    target: str
    heading: str
    block: str
    label: str
    embed: bool
    start: int
    end: int
    line: int


class TurnRow(NamedTuple):
    """A message of a chat note."""

    note: str
    number: int
    role: str
    name: str
    time: str
    id: str
    start: int
    end: int
    line: int
