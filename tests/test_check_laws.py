"""Laws: after any edits the check says what a check from nothing says; a fix leaves all else as it was."""

from __future__ import annotations

import pickle
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from notec.app.mending import apply
from notec.check import RULES
from notec.check.checker import Checker, sheet_of
from notec.check.names import NameTable
from notec.check.vault import VaultCheck
from notec.core import Diagnostic, Doc, Edit, Fix, Span
from notec.store import Store
from notec.vault import parse_markdown
from small_vaults import checked

PATHS = ("a.md", "b.md", "A.md", "x/b.md", "x/план.md", "Home Server.md", "x/Home Server.md")
PARTS = (
    "[[a]] ",
    "[[b#One]] ",
    "[[план]] ",
    "[[plan]] ",
    "![[c.png]] ",
    "\n# One\n",
    "text ^id1\n\n",
    "more ^id1\n\n",
    "claim[^1] ",
    "\n\n[^1]: https://x.org\n",
    "\n\n[^2]: [[a]]\n",
    "\n```\ncode\n",
    "\n```\n",
    "%% notec: ignore *\n",
    "%% notec: ignore unresolved-link %%\n",
    "Память — 96 ГБ. ",
    "Память — 98 ГБ. ",
    "word " * 30,
    " ".join(map(str, range(60))) + " ",
    " ".join(map(str, range(3, 62))) + " ",
    "The Home Server hums beside the grey box. ",
    "A Home Server, a Grey Box. ",
    "[[Home Server]] ",
    "[[x/Home Server|the grey box]] ",
    "[it](b.md) and [the grey box](a.md). ",
)
HEADS = (
    "",
    "---\nuid: 12345\n---\n",
    "---\naliases: [plan, b]\n---\n",
    "---\naliases: [Home Server]\n---\n",
    "---\ntitle: Grey Box\n---\n",
    "---\ntags: [x\n---\n",
)
TEXTS = st.tuples(st.sampled_from(HEADS), st.lists(st.sampled_from(PARTS), max_size=5)).map(
    lambda drawn: drawn[0] + "".join(drawn[1])
)
EDITS = st.lists(st.tuples(st.sampled_from(PATHS), st.none() | TEXTS), min_size=1, max_size=8)


class Small:
    """What rules may see of a vault that lies in memory."""

    def __init__(self, texts: dict[str, str], names: NameTable) -> None:
        self._texts, self.nearest = texts, names.nearest

    def paths(self) -> list[str]:
        return sorted(self._texts)

    def unlinked(self) -> list[str]:
        return []

    def no_such_model(self, name: str) -> None:
        pass

    def line_text(self, note: str, line: int) -> str:
        return self.doc(note).line_text(line)

    def doc(self, note: str) -> Doc:
        return Doc(note, self._texts[note])


def put(checker: Checker, names: NameTable, path: str, text: str) -> None:
    note = parse_markdown(path, text)
    checker.put(path, sheet_of(note.value, checker.rules, note.diagnostics))
    names.put(path, (path,))


def in_another_process(
    checker: Checker, names: NameTable, texts: dict[str, str]
) -> tuple[Checker, NameTable]:
    """The same state, made of the notes and of what was kept."""
    kept = pickle.loads(pickle.dumps((checker.kept(), names.kept())))
    other, other_names = Checker(RULES), NameTable()
    other.put_files(["c.png"])
    for path, text in texts.items():
        put(other, other_names, path, text)
    other.restore(kept[0])
    other_names.restore(kept[1])
    return other, other_names


@given(EDITS, st.booleans())
def test_after_any_edits_the_same_as_from_nothing(
    edits: list[tuple[str, str | None]], is_restarted: bool
) -> None:
    texts: dict[str, str] = {}
    checker, names = Checker(RULES), NameTable()
    view = Small(texts, names)
    checker.put_files(["c.png"])
    for path, text in edits:
        if text is None:
            texts.pop(path, None)
            checker.remove(path)
            names.put(path, ())
        else:
            texts[path] = text
            put(checker, names, path, text)
        checker.settle(view)
        checker.finish_anew(names.stale())
        fresh, fresh_names = Checker(RULES), NameTable()
        fresh.put_files(["c.png"])
        for own, words in texts.items():
            put(fresh, fresh_names, own, words)
        anew = Small(texts, fresh_names)
        fresh.settle(anew)
        assert checker.diagnostics(view) == fresh.diagnostics(anew)
        if is_restarted:
            checker, names = in_another_process(checker, names, texts)
            view = Small(texts, names)


@settings(max_examples=5)
@given(EDITS, EDITS, st.sampled_from(("", "kept", "half")))
def test_so_it_is_on_a_disk(
    edits: list[tuple[str, str | None]], later: list[tuple[str, str | None]], how: str
) -> None:
    with TemporaryDirectory() as place, Store.open(Path(place, "store.sqlite")) as store:
        vault = Path(place, "vault")
        vault.mkdir()
        with checked(vault, Path(place, "home"), memo=store.memo) as check:
            found = after(check, vault, edits)
            if how:
                check.keep()
        if how == "half":  # some sheets were lost
            with store.database.write() as db:
                db.execute("DELETE FROM memo WHERE step = 'check-note' AND rowid % 2")
        with checked(vault, Path(place, "home"), memo=store.memo) as check:
            assert check.update() == found
            found = after(check, vault, later)
        with checked(vault, Path(place, "other")) as fresh:
            assert found == fresh.update()


def after(check: VaultCheck, vault: Path, edits: list[tuple[str, str | None]]) -> list[Diagnostic]:
    for path, text in edits:
        file = vault / path
        if text is None:
            file.unlink(missing_ok=True)
        else:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
    check.index.update()
    return check.update()


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5), st.text(max_size=3))))
def test_fixes_change_their_places_alone(text: str, drawn: list[tuple[int, int, str]]) -> None:
    fixes = [Fix("", (Edit(Span(start, start + size), words),), "safe") for start, size, words in drawn]
    after, done = apply(text, fixes)
    at, left = 0, after
    for edit in sorted((e for fix in done for e in fix.edits), key=lambda e: (e.span, e.text)):
        kept = text[at : edit.span.start] + edit.text
        assert left.startswith(kept)
        left, at = left[len(kept) :], edit.span.end
    assert left == text[at:]
