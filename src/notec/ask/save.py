"""Results as notes: written into notec's own folder of the vault, wholly or not at all.

A saved page takes a name that no note of the vault answers to, so that it never takes over a link. Nothing is
overwritten but a conversation of notec's own that goes on, and that only where nobody changed it meanwhile.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from notec.ask.brief import Brief
from notec.ask.chat import Chat
from notec.ask.escape import escape, flat
from notec.ask.linking import linker_of
from notec.ask.page import answer_page, page, stamps
from notec.ask.research import Research
from notec.ask.sources import Footnotes
from notec.ask.types import Answer
from notec.core import NotecError
from notec.facts.words import language
from notec.index import Index
from notec.vault.read import read
from notec.vault.write import remove_leftovers, save_new, write_atomically

_KINDS = {
    "answer": ("answer", "ответ"),
    "brief": ("brief", "разбор"),
    "chat": ("chat", "чат"),
    "research": ("research", "поиск"),
}
_LONGEST_NAME = 90  # characters

Saved = Answer | Brief | Chat | Research


def save_page(index: Index, value: Saved, folder: str, *, now: Callable[[], datetime] = datetime.now) -> str:
    """Write a result as a new note; gives its path inside the vault. By then the note is on the disk.

    Raises:
        NotecError: the folder is none of the vault's, or it cannot be written; nothing has changed.
    """
    place = own_folder(index.root, folder)
    if isinstance(value, Chat) and not value.new:
        raise NotecError("there is nothing new to save in this conversation", "ask something first")
    if isinstance(value, Research) and not value.aspects:
        raise NotecError(
            "the search brief has no aspects to save", "approve withheld words with --approve WORD"
        )
    remove_leftovers(place)
    if isinstance(value, Chat) and (known := _continued(index, value, place)):
        text = value.markdown(linker_of(index, folder).to_place)
        write_atomically(known, _encoded(text))
        value.saved(value.origin, text)
        return value.origin
    kind, title, spoken, text = _page(index, value, folder, now())
    name = _name(index, title, _KINDS[kind][spoken == "ru"], always=kind != "answer")
    saved = save_new(place, name, _encoded(text)).relative_to(index.root).as_posix()
    if isinstance(value, Chat):
        value.saved(saved, text)
    return saved


def own_folder(root: Path, folder: str) -> Path:
    """Notec's folder of the vault.

    Raises:
        NotecError: it would lie outside the vault, or be the vault itself.
    """
    base = os.path.realpath(root)
    real = os.path.realpath(os.path.join(base, folder))
    if not real.startswith(base.rstrip(os.sep) + os.sep):
        raise NotecError(
            f"cannot save into {folder!r}: that is no folder inside the vault",
            "set `saved_folder` of [vault] in notec.toml to a name such as notec",
        )
    return Path(root) / folder


def saved_page(root: Path, folder: str, name: str) -> str:
    """The path of a page in notec's folder, by its path or name; empty where there is none."""
    place = own_folder(root, folder)
    for path in (Path(root) / name, place / name, place / f"{name}.md"):
        with contextlib.suppress(OSError, ValueError):
            inside = os.path.realpath(path).startswith(os.path.realpath(place) + os.sep)
            if inside and path.is_file():
                return path.relative_to(root).as_posix()
    return ""


def _page(index: Index, value: Saved, folder: str, now: datetime) -> tuple[str, str, str, str]:
    """Kind, title, language and text of a new note."""
    linker = linker_of(index, folder)
    if isinstance(value, Answer):
        footnotes = Footnotes(linker.to_place, value.language)
        return "answer", value.question, value.language, answer_page(value, footnotes, now)
    if isinstance(value, Brief):
        body = value.body()
        return "brief", value.title, value.language, page(stamps("brief", now, note=value.link), body)
    if isinstance(value, Chat):
        return "chat", value.title, language(value.title), value.markdown(linker.to_place)
    heading = f"# {escape(value.title)}\n\n" if value.title else ""
    text = page(stamps("research", now), [heading + value.markdown().rstrip("\n")])
    return "research", value.title, value.language, text


def _name(index: Index, title: str, kind: str, *, always: bool) -> str:
    """A file name that says what the page is, and that no note of the vault answers to."""
    short = flat(title)
    if len(short) > _LONGEST_NAME:
        short = short[:_LONGEST_NAME].rpartition(" ")[0] or short[:_LONGEST_NAME]
    short = short.rstrip(" .?!,;:")
    name = short if short and not always else f"{short} - {kind}" if short else kind
    number = 1
    while index.find(name):
        number += 1
        name = f"{short} - {kind}" + (f" {number}" if number > 2 or always else "")
    return name


def _continued(index: Index, chat: Chat, place: Path) -> Path | None:
    """The file of a continued conversation, where it is notec's own and still as it was read."""
    if not chat.origin:
        return None
    path = Path(index.root) / chat.origin
    if not path.is_relative_to(place) or path.is_symlink():
        return None
    note = read(index.root, chat.origin).value
    return path if note is not None and note.doc.text == chat.before else None


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
