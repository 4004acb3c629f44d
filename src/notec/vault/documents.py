"""PDF, DOCX, HTML and EPUB as notes, by well-kept libraries (the extra `documents`).

The libraries give text and structure; here they become Markdown: headings, paragraphs, lists,
tables, links. A page of a PDF is a heading `Page N`. A document may hold anything, so whatever its
library raises is a diagnostic, and what was read until then lives.
"""

from __future__ import annotations

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

from notec.core import Diagnostic, Outcome, Severity
from notec.vault.decode import decode
from notec.vault.derive import Derived, clean, one_line
from notec.vault.markup import html_to_markdown, page_title, parse
from notec.vault.note import Note
from notec.vault.scan import DOCUMENT_LIBRARIES, document_reader_is_there

MAX_UNPACKED = 512 << 20  # bytes that a zipped document may claim to hold
MAX_TEXT = 64 << 20  # characters taken from one document
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_A-ZА-ЯЁ])-\n(?=[^\W\d_A-ZА-ЯЁ])")
_NO_TITLE = re.compile(
    r"microsoft word|untitled|без имени|\.(?:docx?|pdf|indd|tex|pptx?|rtf)$", re.IGNORECASE
)


class _TooLarge(Exception):  # noqa: N818  ends the reading of one document
    """The document claims to unpack to more than anybody wrote."""


class _Locked(Exception):  # noqa: N818
    """The document wants a password."""


def read_document(path: str, data: bytes, reader: str, *, dialect: str = "obsidian") -> Outcome[Note]:
    """The note of a document. Never raises.

    Args:
        reader: `pdf`, `docx`, `html` or `epub`.

    Diagnostics: `no-reader`, `bad-document`, `document-locked`, `document-too-large`, `no-text`.
    """
    derived = Derived(path, dialect)
    stem = PurePosixPath(path).stem
    if not document_reader_is_there(reader):
        message = f"{path}: {DOCUMENT_LIBRARIES[reader]} is not installed; `pip install 'notec[documents]'`"
        return derived.note(stem, diagnostics=(Diagnostic("no-reader", Severity.INFO, message, path),))
    title, said = "", list[Diagnostic]()

    def say(code: str, severity: Severity, message: str) -> None:
        said.append(Diagnostic(code, severity, f"{path}: {message}", path))

    try:
        with _quiet():
            title = _READERS[reader](data, derived)
    except _TooLarge as error:
        say("document-too-large", Severity.WARNING, f"{error}; what lies beyond is not read")
    except _Locked as error:
        say("document-locked", Severity.WARNING, f"{error}; save a copy without it to have it read")
    except Exception as error:  # noqa: BLE001  libraries raise anything on hostile or damaged files
        reason = one_line(str(error))[:200] or type(error).__name__
        say("bad-document", Severity.WARNING, f"cannot be read as {reader.upper()} ({reason}); save it again")
    if not said and not derived.statements:
        say("no-text", Severity.INFO, "holds no text; pages that are pictures need text recognition first")
    usable = title if title and not _NO_TITLE.search(title) else stem
    return derived.note(usable, diagnostics=tuple(said))


@contextmanager
def _quiet() -> Iterator[None]:
    """Libraries that log what they dislike about a file would print it; the diagnostic tells it."""
    log = logging.getLogger("pypdf")
    before = log.disabled
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = before


def _pdf(data: bytes, derived: Derived) -> str:
    import pypdf

    try:
        book = pypdf.PdfReader(io.BytesIO(data))
        if book.is_encrypted and not book.decrypt(""):
            raise _Locked("wants a password")
        pages = len(book.pages)
    except pypdf.errors.DependencyError as error:
        raise _Locked("is encrypted in a way that needs the package `cryptography`") from error
    title = _safely(lambda: book.metadata.title if book.metadata else "")
    broken: list[str] = []
    for number in range(pages):
        try:
            text = book.pages[number].extract_text()
        except Exception as error:  # noqa: BLE001  one bad page must not cost the others
            broken.append(f"page {number + 1}: {type(error).__name__}")
            continue
        if text.strip():
            derived.heading(1, f"Page {number + 1}")
            derived.body(_prose(text))
        _stop_at_limit(derived)
    if broken:
        raise ValueError("; ".join(broken[:5]) + ("; …" if len(broken) > 5 else ""))
    return title


def _prose(text: str) -> str:
    """The lines of a page as Markdown takes them: no indented code, no words cut by hyphens."""
    lines = [line.strip() for line in clean(text).replace("\u00ad", "").split("\n")]
    return _BROKEN_WORD.sub("", "\n".join(lines))


def _docx(data: bytes, derived: Derived) -> str:
    _check_unpacked_size(data)
    import docx
    from docx.table import Table

    document = docx.Document(io.BytesIO(data))
    held: list[str] = []

    def flush() -> None:
        derived.body("".join(held))
        held.clear()
        _stop_at_limit(derived)

    for block in document.iter_inner_content():
        if isinstance(block, Table):
            held.append("\n" + _docx_table(block) + "\n")
            continue
        style = _safely(lambda block=block: block.style.name)
        text = _docx_text(block)
        level = re.fullmatch(r"(?:Heading|Заголовок) (\d)", style, re.IGNORECASE)
        if not text:
            held.append("\n")
        elif level or style == "Title":
            flush()
            derived.heading(int(level[1]) if level else 1, text)
        elif "List" in style:
            held.append(f"{'1.' if 'Number' in style else '-'} {text}\n")
        else:
            held.append(f"\n{text}\n")
    flush()
    return _safely(lambda: document.core_properties.title)


def _docx_text(paragraph: Any) -> str:
    """The words of a paragraph, with its links as Markdown links."""
    parts = []
    for piece in paragraph.iter_inner_content():
        url = getattr(piece, "url", "")
        text = one_line(piece.text) if url else piece.text
        parts.append(f"[{text}](<{url}>)" if url and text else text)
    return " ".join("".join(parts).split())


def _docx_table(table: Any) -> str:
    rows = [[one_line(cell.text).replace("|", "\\|") for cell in row.cells] for row in table.rows]
    if not rows:
        return ""
    rule = "|" + " --- |" * len(rows[0])
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], rule, *lines[1:]])


def _html(data: bytes, derived: Derived) -> str:
    markup = _decode_html(data)
    derived.body(html_to_markdown(markup))
    return page_title(markup)


def _decode_html(data: bytes) -> str:
    """HTML may name its own encoding; it is believed when it holds, else the letters decide."""
    named = re.search(
        rb"<meta[^>]+charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", data[:4096], re.IGNORECASE
    )
    if named and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode(named[1].decode("ascii"))
        except (LookupError, UnicodeError):
            pass
    return decode(data).text


def _epub(data: bytes, derived: Derived) -> str:
    _check_unpacked_size(data)
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        names = set(book.namelist())
        if "META-INF/encryption.xml" in names and b"EncryptedData" in book.read("META-INF/encryption.xml"):
            fonts_only = b"font" in book.read("META-INF/encryption.xml").lower()
            if not fonts_only:
                raise _Locked("is protected against copying")
        container: Any = parse(decode(book.read("META-INF/container.xml")).text)
        package_name = str(container.find("rootfile")["full-path"])
        package: Any = parse(decode(book.read(package_name)).text)
        items = {item.get("id"): item.get("href") for item in package.find_all("item")}
        folder = package_name.rpartition("/")[0]
        for entry in package.find_all("itemref"):
            name = _inside(folder, str(items.get(entry.get("idref")) or ""))
            if name in names:
                derived.body(html_to_markdown(_decode_html(book.read(name))))
                _stop_at_limit(derived)
        title = package.find("dc:title")
        return title.get_text() if title else ""


def _inside(folder: str, href: str) -> str:
    """The name of a part of an EPUB that its package file calls `href`."""
    from urllib.parse import unquote

    parts = folder.split("/") if folder else []
    for step in unquote(href.partition("#")[0]).split("/"):
        if step == "..":
            parts = parts[:-1]
        elif step not in ("", "."):
            parts.append(step)
    return "/".join(parts)


def _check_unpacked_size(data: bytes) -> None:
    """Python reads no more of a zip's member than it claims, so the claims bound the whole."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        claimed = sum(member.file_size for member in packed.infolist())
    if claimed > MAX_UNPACKED:
        raise _TooLarge(f"unpacks to {claimed >> 20} MiB, more than the limit of {MAX_UNPACKED >> 20} MiB")


def _stop_at_limit(derived: Derived) -> None:
    if derived.size > MAX_TEXT:
        raise _TooLarge(f"holds more than {MAX_TEXT >> 20} million characters")


def _safely(get: Any) -> str:
    """A property of a document that may be broken, missing or no text."""
    try:
        value = get()
    except Exception:  # noqa: BLE001  libraries raise anything on damaged metadata
        return ""
    return one_line(value) if isinstance(value, str) else ""


_READERS = {"pdf": _pdf, "docx": _docx, "html": _html, "epub": _epub}
