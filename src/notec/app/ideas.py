"""An idea as it lies on the disk: which notes it is, what the rules and the vault say about them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from notec.core import Citation, Diagnostic, NotecError, Severity, Span

if TYPE_CHECKING:
    from notec.index import Index
    from notec.passes.context import Definition
    from notec.vault import Note

CONFLICTS = frozenset(("value-conflict", "unit-conflict", "date-conflict", "name-conflict", "modality-clash"))
MAX_BYTES = 16 << 20  # of one file of an idea
COMPARED = 150_000  # characters; in a longer idea statements are not compared with one another
_MOST_DEFINED = 20
_CODE = re.compile(r"`[^`\n]*`|\w+\([^)\n]*\)")
_WORD = re.compile(r"[^\W\d_]+")
_FIRST = {"idea": 0, "pseudo": 1}


def read_idea(
    vault: Path, wanted: str, find: Callable[[str], list[str]]
) -> tuple[tuple[Note, ...], tuple[Diagnostic, ...]]:
    """The notes of an idea: one file, or all files of a folder that can be read.

    Args:
        wanted: a path, from here or inside the vault, or the name of a note.
        find: paths of the notes of a name.

    Raises:
        NotecError: there is no such thing, it is no text, or there is nothing in it.
    """
    from notec.vault.read import read

    path = _place(vault, wanted, find)
    inside = path == vault or vault in path.parents
    root = vault if inside else path if path.is_dir() else path.parent
    names = _names(path, root)
    notes: list[Note] = []
    said: list[Diagnostic] = []
    for name in names:
        _refuse_binary(root / name)
        outcome = read(root, name, max_bytes=MAX_BYTES)
        said += outcome.diagnostics
        if (outcome.value is not None and outcome.value.statements) or (
            outcome.value is not None and name.endswith(".pseudo")
        ):
            notes.append(outcome.value)
    if not notes:
        told = said[0].message if said else f"{wanted}: there is nothing in it"
        raise NotecError(told, "write what the program must do, one sentence at a time")
    return tuple(notes), tuple(said)


def _place(vault: Path, wanted: str, find: Callable[[str], list[str]]) -> Path:
    for candidate in (Path(wanted).expanduser(), vault / wanted):
        if candidate.exists():
            return candidate.resolve()
    found = find(wanted)
    if len(found) > 1:
        raise NotecError(
            f"{wanted!r} names {len(found)} notes: {', '.join(found[:5])}", "give the whole path"
        )
    if not found:
        raise NotecError(
            f"{wanted}: no such file, folder or note", "name an .idea, a note, or a folder of them"
        )
    return vault / found[0]


def _names(path: Path, root: Path) -> list[str]:
    """Paths inside `root`, ideas before pseudo-code before other notes."""
    from notec.vault.scan import scan

    if not path.is_dir():
        return [path.relative_to(root).as_posix()]
    below = path.relative_to(root).as_posix()
    entries = scan(path).value
    names = [e.path if below == "." else f"{below}/{e.path}" for e in entries if e.kind == "note"]
    return sorted(names, key=lambda n: (_FIRST.get(n.rsplit(".", 1)[-1].lower(), 2), n))


def _refuse_binary(path: Path) -> None:
    if path.suffix.lower() not in (".idea", ".pseudo", ".md", ".markdown", ".txt", ""):
        return
    with path.open("rb") as file:
        head = file.read(8192)
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NotecError(f"{path.name}: this is no text", "give an idea as text: .idea, .md or .pseudo")


def language_of(notes: Sequence[Note]) -> str:
    """The language that most words of an idea are in, `ru` or `en`; code is in neither."""
    count = {"ru": 0, "en": 0}
    for note in notes:
        told = " ".join(note.text_of(s) for s in note.statements[:2_000]) or note.doc.text[:100_000]
        for word in _WORD.findall(_CODE.sub(" ", told)):
            if not word.isupper():
                count["en" if word.isascii() else "ru"] += 1
    return "ru" if count["ru"] > count["en"] else "en"


def findings(notes: Sequence[Note]) -> tuple[Diagnostic, ...]:
    """What the rules of `check` say about the notes of an idea, each finding once.

    In a very long idea each statement is looked at by itself: comparing all with all would take minutes.
    """
    from notec.check import RULES

    out: dict[tuple[object, ...], Diagnostic] = {}
    size = sum(len(note.doc.text) for note in notes)
    if size > COMPARED:
        message = f"an idea of {size / 1e6:.1f} million characters: its statements are not compared in pairs"
        out[()] = Diagnostic("long-idea", Severity.WARNING, message, notes[0].path)
    for rule in RULES:
        found: list[Diagnostic] = []
        if rule.look is not None:
            for note in notes:
                found += rule.look(note)
        if (
            size <= COMPARED
            and rule.topic is not None
            and rule.judge is not None
            and rule.topic.files is None
        ):
            told = defaultdict(list)
            for note in notes:
                for key, entry in rule.topic.share(note):
                    told[key].append(entry)
            for key, entries in sorted(told.items()):
                found += rule.judge(key, entries)
        for item in found:
            out.setdefault((item.code, item.note, item.line, item.message), item)
    return tuple(out.values())


def conflicts(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings that say that an idea demands two things at once."""
    return tuple(d for d in found if d.code in CONFLICTS)


def definitions(index: Index | None, notes: Sequence[Note]) -> tuple[Definition, ...]:
    """What the vault says about the names that an idea mentions: how the note of that name begins."""
    from notec.facts import read
    from notec.passes.context import Definition

    if index is None or not index.made:
        return ()
    own = {note.path for note in notes}
    terms: dict[str, None] = {}
    for note in notes:
        terms.update((link.target, None) for link in note.links if link.kind == "wikilink" and link.target)
        for statement in note.statements[:2_000]:
            words = note.plain(statement)
            terms.update(
                (n.span.of(words), None)
                for n in read(words).names
                if n.kind in ("acronym", "identifier", "proper")
            )
    out: list[Definition] = []
    for term in terms:
        paths = [p for p in index.find(term) if p not in own]
        if len(paths) != 1 or len(out) >= _MOST_DEFINED:
            continue
        first = next((s for s in index.statements(paths[0]) if s.kind == "sentence"), None)
        if first is not None:
            cite = Citation(
                paths[0], first.line, first.text, Span(first.start, first.end), first.id, first.heading
            )
            out.append(Definition(term, cite))
    return tuple(out)


def unexplained(found: Sequence[Diagnostic], terms: Sequence[Definition]) -> tuple[Diagnostic, ...]:
    """The findings without those that miss a term which the vault explains."""
    known = tuple(f"{d.term} " for d in terms)
    return tuple(d for d in found if d.code != "undefined-term" or not d.message.startswith(known))


def refused(found: Sequence[Diagnostic]) -> Diagnostic:
    """Says that a contradictory idea is not compiled."""
    places = "; ".join(
        f"{d.note}:{d.line}" + "".join(f" and {la.note}:{la.line}" for la in d.labels) for d in found[:5]
    )
    return Diagnostic(
        "contradiction",
        Severity.ERROR,
        f"the idea demands two things that cannot both hold ({places}); nothing was compiled",
        found[0].note,
        found[0].line,
        notes=("decide which one holds and change the other, or go on with --force",),
    )
