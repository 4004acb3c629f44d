"""Reads a note, whatever its state, and keeps the place of everything in it.

A file becomes a `Note`: blocks that tile the text, headings, statements (sentences, list items,
table rows), links, tags, footnotes, code and chat turns, each with its span in characters of the
original text. Reading never fails: a finding is a diagnostic, the rest of the note lives.

Must not know: other notes' meaning, the index, models, or what anybody will ask of a note.
"""

from notec.vault.code import code_text
from notec.vault.note import Note
from notec.vault.parse import parse_markdown
from notec.vault.plain import clean, plain

__all__ = ["Note", "clean", "code_text", "parse_markdown", "plain"]
