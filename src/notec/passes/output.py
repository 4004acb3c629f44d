"""The build folder: what notec makes goes in, what the user changed there stays.

The last text that was made of each file is kept in `.notec/made`, so that an edit is seen. A new text is
merged three ways: what was made last, what the user made of that, what is made now. Where both changed the
same place his file stays as it is, and the new text lies beside it as `NAME.new` until he has removed that.

All files of one `write` are written down as one first (`.notec/next.json`), so that a kill at any moment
leaves either all of the last state or something that the next opening completes.

Must not know: what is in the files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from notec.core import Diagnostic, NotecError, Severity, digest
from notec.core import whole as whole_text
from notec.passes.diff3 import merge
from notec.vault.write import remove_leftovers, write_atomically

OWN = ".notec"
_NEXT, _MADE, _BESIDE = f"{OWN}/next.json", f"{OWN}/made", f"{OWN}/beside"
_COPY = ".made"  # a formatter or a search that goes over the folder leaves such files alone
_MARK = "\ufeff"


@dataclass(frozen=True)
class Written:
    """What came of one `write`.

    Args:
        texts: what lies in the folder now, by path: as made, merged, or the user's.
        edited: paths of the files that hold something of the user's.
        conflicts: paths of those that were left as they are.
    """

    texts: Mapping[str, str]
    edited: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass
class _Plan:
    """What one `write` is going to change: path -> text, or None for a file that goes."""

    texts: dict[str, str | None] = field(default_factory=dict)

    def put(self, path: str, text: str | None, now: str | None) -> None:
        if text != now:
            self.texts[path] = text


class Output:
    """A build folder. Use `Output.open`."""

    def __init__(self, place: Path) -> None:
        self.place = place

    @classmethod
    def open(cls, place: Path) -> Output:
        """The folder, with what a run that was killed had begun to write completed.

        Raises:
            NotecError: it is a file, it cannot be read, or it holds other things than a build.
        """
        try:
            if place.exists() and not place.is_dir():
                raise NotecError(f"{place} is a file", "name a folder with --out")
            if not (place / OWN).is_dir() and place.is_dir() and any(place.iterdir()):
                raise NotecError(
                    f"{place} is not empty, and no build of notec",
                    "choose an empty or a new folder with --out",
                )
        except OSError as error:
            raise NotecError(
                f"{place} cannot be read: {error.strerror}", "choose another folder with --out"
            ) from None
        output = cls(place)
        output._complete()
        return output

    def made(self, path: str) -> str | None:
        """The text that was last made of a file, or None."""
        return _text(self.place / _copy(_MADE, path))

    def read(self, path: str) -> str | None:
        """The text of a file as it is now, line ends as notec writes them; None where there is none."""
        return _plain(_text(self.place / path))

    def edits(self, paths: Iterable[str]) -> dict[str, str]:
        """Those of the files that are no more what was made, by path. What was deleted is not among them."""
        out = {}
        for path in paths:
            now = self.read(path)
            if now is not None and now != self.made(path):
                out[path] = now
        return out

    def write(
        self, files: Mapping[str, str], *, own: Mapping[str, str] | None = None, whole: Iterable[str] = ()
    ) -> Written:
        """Bring the folder to these files.

        Args:
            own: files of notec's own below `.notec`, written in the same moment, never merged.
            whole: beginnings of paths, such as `src/`, of which `files` holds all; what was made there and is
                made no more goes, unless the user changed it.

        Raises:
            NotecError: it cannot be written; what had been there is there.
        """
        plan = _Plan()
        texts: dict[str, str] = {}
        edited: list[str] = []
        conflicts: list[str] = []
        said: list[Diagnostic] = []
        files = {path: whole_text(text) for path, text in files.items()}
        for path, text in files.items():
            self._check(path)
            raw = _text(self.place / path)
            now, base = _plain(raw), self.made(path)
            unreadable = now is None and (self.place / path).exists()
            if unreadable or (now is not None and now not in (text, base)):
                merged = None if unreadable or now is None else merge(base, now, text)
                if merged is not None and merged.text is not None:
                    texts[path] = merged.text
                    if merged.text != text:
                        edited.append(path)
                        said += [_kept(path, merged.taken)] if text != base else []
                    plan.put(path, _as_was(merged.text, raw), raw)
                    self._settle(plan, path)
                else:
                    line = merged.line if merged is not None else 0
                    texts[path] = now or ""
                    edited.append(path)
                    conflicts.append(path)
                    said.append(_conflict(path, line))
                    plan.put(f"{path}.new", text, _text(self.place / f"{path}.new"))
                    plan.put(_copy(_BESIDE, path), text, _text(self.place / _copy(_BESIDE, path)))
                    continue
            else:
                texts[path] = text
                if now != text:
                    plan.put(path, text, raw)
                self._settle(plan, path)
            plan.put(_copy(_MADE, path), text, base)
        said += self._remove(plan, files, tuple(whole))
        for path, text in (own or {}).items():
            plan.put(path, text, _text(self.place / path))
        self._carry_out(plan)
        return Written(texts, tuple(edited), tuple(conflicts), tuple(said))

    def _settle(self, plan: _Plan, path: str) -> None:
        """There is no conflict any more: the text beside goes, unless the user changed that."""
        beside = _text(self.place / _copy(_BESIDE, path))
        if beside is not None:
            plan.put(_copy(_BESIDE, path), None, beside)
            if _text(self.place / f"{path}.new") == beside:
                plan.put(f"{path}.new", None, beside)

    def _remove(self, plan: _Plan, files: Mapping[str, str], whole: tuple[str, ...]) -> list[Diagnostic]:
        said = []
        for path in self._all_made():
            if not whole or not path.startswith(whole) or path in files:
                continue
            now, base = self.read(path), self.made(path)
            if now is None or now == base:
                plan.put(path, None, _text(self.place / path))
            else:
                message = f"{path} is made no more; it stays, because you changed it"
                said.append(Diagnostic("edit-kept", Severity.WARNING, message, path))
            plan.put(_copy(_MADE, path), None, base)
        return said

    def _all_made(self) -> list[str]:
        return sorted(path for path, _ in self._copies(_MADE))

    def _copies(self, folder: str) -> Iterator[tuple[str, Path]]:
        root = self.place / folder
        for file in root.rglob(f"*{_COPY}"):
            yield file.relative_to(root).as_posix().removesuffix(_COPY), file

    def _check(self, path: str) -> None:
        """A place below the folder, reached through folders alone.

        Raises:
            NotecError: it is not.
        """
        parts = PurePosixPath(path).parts
        if not parts or PurePosixPath(path).is_absolute() or ".." in parts:
            raise NotecError(f"{path!r} is no place inside the build folder")
        at = self.place
        for part in parts[:-1]:
            at = at / part
            if at.is_symlink():
                raise NotecError(
                    f"{at} leads out of the build folder", "put a folder in its place, or remove it"
                )
            if at.exists() and not at.is_dir():
                raise NotecError(f"{at} is a file where a folder should be", "move it away and run it again")
        if (self.place / path).is_dir():
            raise NotecError(
                f"{self.place / path} is a folder where a file should be", "move it away and run it again"
            )

    def _carry_out(self, plan: _Plan) -> None:
        if not plan.texts:
            return
        was = {path: _hash(self.place / path) for path in plan.texts}
        told = json.dumps({"texts": plan.texts, "was": was}, ensure_ascii=True)
        write_atomically(self.place / _NEXT, told.encode())
        self._complete()

    def _complete(self) -> None:
        """Do what is written down; a file that somebody changed since then is his."""
        remove_leftovers(self.place / OWN)
        try:
            data = json.loads((self.place / _NEXT).read_bytes())
            texts, was = dict(data["texts"]), dict(data["was"])
        except FileNotFoundError:
            texts, was = {}, {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotecError(
                f"{self.place / _NEXT} cannot be read: {error}", "remove it and run it again"
            ) from None
        for path, text in texts.items():
            if _hash(self.place / path) != was[path]:
                continue
            if text is None:
                self._drop(path)
            else:
                write_atomically(self.place / path, text.encode())
        try:
            if texts:
                (self.place / _NEXT).unlink()
            self._accept()
        except OSError as error:
            raise NotecError(
                f"{error.filename} cannot be changed: {error.strerror}", "mend that and run it again"
            ) from None

    def _accept(self) -> None:
        """A text beside that the user removed: he has seen it, and his file stands."""
        for path, beside in list(self._copies(_BESIDE)):
            if not (self.place / f"{path}.new").exists():
                target = self.place / _copy(_MADE, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(beside, target)

    def _drop(self, path: str) -> None:
        """Delete a file, and the folders that are empty then."""
        with suppress(OSError):  # what cannot be deleted is no loss
            (self.place / path).unlink()
            for folder in PurePosixPath(path).parents:
                if str(folder) != ".":
                    (self.place / folder).rmdir()


def _copy(folder: str, path: str) -> str:
    return f"{folder}/{path}{_COPY}"


def _text(path: Path) -> str | None:
    """The text of a file as it stands; None where there is none, or it is no text."""
    try:
        return path.read_bytes().decode("utf-8") if path.is_file() else None
    except (OSError, UnicodeDecodeError):
        return None


def _plain(text: str | None) -> str | None:
    """A text without byte order mark and carriage returns."""
    return None if text is None else text.removeprefix(_MARK).replace("\r\n", "\n")


def _as_was(text: str, raw: str | None) -> str:
    """A text with the line ends and the mark that the user's editor wrote."""
    if raw and "\r\n" in raw:
        text = text.replace("\n", "\r\n")
    return _MARK + text if raw and raw.startswith(_MARK) else text


def _hash(path: Path) -> str:
    try:
        return digest(path.read_bytes()) if path.is_file() else ""
    except OSError:
        return ""


def _kept(path: str, taken: int) -> Diagnostic:
    places = "" if not taken else "; one place is new" if taken == 1 else f"; {taken} places are new"
    message = f"{path}: what you changed stays{places}"
    return Diagnostic("edit-kept", Severity.INFO, message, path)


def _conflict(path: str, line: int) -> Diagnostic:
    message = (
        f"you changed {path} where notec would change it too; your file stays, the new text is {path}.new"
    )
    way = f"take over what you want, and remove {path}.new"
    return Diagnostic("edit-conflict", Severity.ERROR, message, path, line, notes=(way,))
