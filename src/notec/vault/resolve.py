"""Which file a link means, as Obsidian decides it.

A link is looked up by the name of its file, without regard to case, Unicode composition and outer
spaces. Of the files with that name, the one whose whole path is written wins; then those whose path
ends with what is written, first those in the folder of the linking note and below it, then the
others, in each group the shortest path first, equal lengths by the alphabet. `/x` counts from the
top of the vault, `./x` and `../x` from the linking note. Only what no file answers to is looked up
among the aliases.

Two things go beyond Obsidian, both only where Obsidian would find nothing or another tool would
disagree: a Markdown link `[a](b.md)` means the `b.md` beside the note before one elsewhere, as on
the web; and a note of another format than `.md` may be named without its extension.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import unquote

from notec.vault.nearest import Names

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|//")
_WIKI_EXTERNAL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|(?:mailto|tel):")
_WIDE_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})  # Obsidian takes them for plain ones
_WIKI_KINDS = frozenset({"wikilink", "embed", "property"})


class Resolved(NamedTuple):
    """What a link means.

    Args:
        path: file inside the vault, or empty.
        candidates: all files that answer to the name, the chosen one first; more than one means
            that the link is ambiguous, and that a new file may change what it means.
        how: `path` (the path itself, or relative to the note), `name`, `alias`, `external` or `none`.
    """

    path: str
    candidates: tuple[str, ...]
    how: str


_NONE = Resolved("", (), "none")
_EXTERNAL = Resolved("", (), "external")


def fold(path: str) -> str:
    """`path` as names are compared: NFC, lower case, spaces trimmed in each part and before `.ext`."""
    if path.isascii():
        folded = path.lower()
    else:
        folded = normalize("NFC", normalize("NFC", path).lower()).translate(_WIDE_SPACES)
    if " " not in folded:
        return folded
    parts = [part.strip() for part in folded.split("/")]
    stem, dot, extension = parts[-1].rpartition(".")
    if dot and stem:
        parts[-1] = f"{stem.rstrip()}.{extension}"
    return "/".join(parts)


class Resolver:
    """The files of a vault, ready to say which of them a link means.

    Answers are kept until the files change; 220,000 links of 20,000 notes take about a second.
    """

    def __init__(
        self, notes: Iterable[tuple[str, Sequence[str]]] = (), attachments: Iterable[str] = ()
    ) -> None:
        self._aliases_of: dict[str, tuple[str, ...]] = {}  # path -> folded aliases; holds each file
        self._is_note: dict[str, bool] = {}
        self._by_name: dict[str, list[str]] = {}  # folded file name -> paths
        self._by_stem: dict[str, list[str]] = {}  # folded name of a note that is no .md, without extension
        self._by_alias: dict[str, list[str]] = {}
        self._folded: dict[str, str] = {}  # path -> folded path
        self._memo: dict[tuple[str, str, bool], Resolved] = {}
        self._names: Names | None = None
        for path, aliases in notes:
            self.add(path, aliases)
        for path in attachments:
            self.add_attachment(path)

    def __contains__(self, path: str) -> bool:
        return path in self._is_note

    def __len__(self) -> int:
        return len(self._is_note)

    def add(self, path: str, aliases: Sequence[str] = ()) -> None:
        """A note is there, or has other aliases now."""
        self._add(path, aliases, True)

    def add_attachment(self, path: str) -> None:
        """A file that is no note is there."""
        self._add(path, (), False)

    def _add(self, path: str, aliases: Sequence[str], is_note: bool) -> None:
        self.remove(path)
        self._is_note[path] = is_note
        self._folded[path] = folded = fold(path)
        name = folded.rpartition("/")[2]
        self._by_name.setdefault(name, []).append(path)
        stem, dot, extension = name.rpartition(".")
        if is_note and dot and extension != "md":
            self._by_stem.setdefault(stem, []).append(path)
        keys = dict.fromkeys(fold(alias.strip()) for alias in aliases)
        self._aliases_of[path] = tuple(key for key in keys if key)
        for key in self._aliases_of[path]:
            self._by_alias.setdefault(key, []).append(path)
        self._forget()

    def remove(self, path: str) -> None:
        """A file is gone; nothing happens when it was not there."""
        if self._is_note.pop(path, None) is None:
            return
        name = self._folded.pop(path).rpartition("/")[2]
        _drop(self._by_name, name, path)
        _drop(self._by_stem, name.rpartition(".")[0], path)
        for key in self._aliases_of.pop(path):
            _drop(self._by_alias, key, path)
        self._forget()

    def _forget(self) -> None:
        if self._memo:
            self._memo = {}
        self._names = None

    def resolve(self, target: str, source: str, kind: str = "wikilink") -> Resolved:
        """The file that `target` means when it stands in the note `source`.

        Args:
            target: `Link.target`: without `#...` and label; empty for the note itself.
            source: path of the linking note inside the vault.
            kind: `Link.kind`: `wikilink`, `markdown`, `image`, `reference`, `autolink`.
        """
        if not target:
            return Resolved(source, (source,), "path") if source in self._is_note else _NONE
        if kind == "autolink":
            return _EXTERNAL
        wiki = kind in _WIKI_KINDS
        key = (target, source.rpartition("/")[0], wiki)
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self._resolve(*key)
        return found

    def nearest(self, target: str, n: int = 3) -> list[str]:
        """Up to `n` files whose name or alias is written much like `target`, best first."""
        if self._names is None:
            names = [(key, path) for path, key in self._folded.items() if self._is_note[path]]
            aliases = [(key, path) for path, keys in self._aliases_of.items() for key in keys]
            self._names = Names([(_stem(key), path) for key, path in names] + aliases)
        return self._names.nearest(_stem(fold(target.strip())), n)

    def _resolve(self, target: str, folder: str, wiki: bool) -> Resolved:
        if (_WIKI_EXTERNAL if wiki else _SCHEME).match(target):
            return _EXTERNAL
        for written in _readings(target, wiki):
            found = self._look_up(written, folder, wiki)
            if found.path:
                return found
        alias = self._by_alias.get(fold(target.strip())) or self._by_alias.get(fold(unquote(target.strip())))
        if alias:
            order = self._ordered(alias, fold(folder), target)
            return Resolved(order[0], tuple(order), "alias")
        return _NONE

    def _look_up(self, written: str, folder: str, wiki: bool) -> Resolved:
        """The file for one reading of a target, aliases aside."""
        rooted = written.startswith("/")
        steps = written.split("/")
        relative = ".." in steps or "." in steps
        plain = _from_folder(steps, folder) if relative else written.lstrip("/")
        if not plain or plain.endswith("/"):
            return _NONE
        home = fold(folder)
        for path, files in self._groups(plain):
            if not (wiki or rooted or relative) and home:
                beside = [file for file in files if self._names_whole(file, f"{home}/{path}")]
                if beside:
                    return self._answer(beside, [], home, written, "path")
            ending = [file for file in files if self._names_end(file, path)]
            exact = [file for file in ending if self._names_whole(file, path)]
            if exact and ("/" in path or rooted or relative):
                return self._answer(exact, [], home, written, "path")
            if ending and not rooted:
                return self._answer(exact, ending, home, written, "name")
        return _NONE

    def _groups(self, plain: str) -> Iterator[tuple[str, list[str]]]:
        """Folded paths that `plain` may stand for, each with the files of its name, best first."""
        bare, with_md = fold(plain), fold(f"{plain}.md")
        name = bare.rpartition("/")[2]
        tables = [(with_md, self._by_name, with_md.rpartition("/")[2]), (bare, self._by_stem, name)]
        tables.insert(0 if "." in name else 2, (bare, self._by_name, name))
        for path, table, key in tables:
            if key in table:
                yield path, table[key]

    def _answer(self, first: list[str], rest: list[str], home: str, written: str, how: str) -> Resolved:
        order = self._ordered(first, home, written)
        order += (file for file in self._ordered(rest, home, written) if file not in first)
        return Resolved(order[0], tuple(order), how)

    def _names_whole(self, file: str, path: str) -> bool:
        return self._like(file, path) == path

    def _names_end(self, file: str, path: str) -> bool:
        own = self._like(file, path)
        return own == path or own.endswith("/" + path)

    def _like(self, file: str, path: str) -> str:
        """The folded path of `file`, without its extension where `path` has none."""
        own = self._folded[file]
        if own.rpartition("/")[2] != path.rpartition("/")[2]:
            return own.rpartition(".")[0]
        return own

    def _ordered(self, files: Iterable[str], home: str, written: str) -> list[str]:
        """Obsidian's order; of files that differ in case or composition alone, the one as written."""

        def rank(file: str) -> tuple[bool, int, bool, str]:
            own = self._folded[file]
            below = not home or own.startswith(home + "/")
            return not below, len(own), written not in file, file

        return sorted(files, key=rank)


def _drop(table: dict[str, list[str]], key: str, path: str) -> None:
    files = table.get(key)
    if files and path in files:
        files.remove(path)
        if not files:
            del table[key]


def _stem(folded: str) -> str:
    name = folded.rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    return stem if dot and stem and len(extension) <= 8 and extension.isalnum() else name


def _readings(target: str, wiki: bool) -> Iterator[str]:
    """`target` as it stands, then as it may have been meant."""
    plain = target.strip()
    yield plain
    if "%" in plain:
        decoded = unquote(plain)
        if decoded != plain:
            yield decoded
    if "\\" in plain:
        yield plain.replace("\\", "/")
    if not wiki and "?" in plain:
        yield plain.partition("?")[0]


def _from_folder(steps: Sequence[str], folder: str) -> str:
    """`./x` and `../x` counted from `folder`; what would leave the vault stays at its top."""
    parts = folder.split("/") if folder else []
    for step in steps:
        if step == "..":
            if parts:
                parts.pop()
        elif step not in (".", ""):
            parts.append(step)
    return "/".join(parts)
