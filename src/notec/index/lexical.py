"""The full text: a tantivy index beside the truth, made of it, and always told apart from it.

Texts come analysed (`notec.facts.words`) and are only split at spaces here. Each passage is a document
with `head` and `body`; each note has one more, its card, with `title` and `names`, so that a rename
touches no text. One document holds the generation of the truth that the rest was made of: it is
replaced in the same commit, so a crash cannot part them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import tantivy

from notec.core import NotecError
from notec.index.extract import Card, Lines

LEXICAL_VERSION = 2
FOLDER = "lexical"
_EDITS = 2_000  # changes that are no more than some edits
_HEAP = 64_000_000  # bytes of the writer's memory before it makes a segment
T = TypeVar("T")


def _add(document: Any, writer: Any) -> None:
    writer.add_document(document)


class DamagedIndex(Exception):  # noqa: N818  told to the one who can rebuild it, never to the user
    """The derived index is missing, unreadable, or of another version."""


def make_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("head", "body"):
        builder.add_text_field(name, tokenizer_name="spaces", index_option="position")
    for name in ("title", "names"):
        builder.add_text_field(name, tokenizer_name="spaces", index_option="position")
    builder.add_text_field("flags", tokenizer_name="spaces", index_option="basic")
    builder.add_text_field("stamp", tokenizer_name="raw", index_option="basic", stored=True)
    builder.add_unsigned_field("generation", stored=True)
    builder.add_unsigned_field("note", indexed=True, fast=True)  # of a passage
    builder.add_unsigned_field("passage", indexed=True, fast=True)
    builder.add_unsigned_field("card", indexed=True, fast=True)  # the note that a card is of
    return builder.build()


class Lexical:
    """One folder with a tantivy index. Many may read it; one may write.

    Args:
        folder: where it lies.
        key: what it must have been made with; else it counts as damaged.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        self.key = f"{LEXICAL_VERSION} {key}"
        self.schema = make_schema()
        self._index: Any = None
        self._writer: Any = None
        self._searcher: Any = None
        self._written = self._waiting = 0  # changes: by this writer, and since the last commit
        self.generation = 0

    def open(self) -> None:
        """Open what is there.

        Raises:
            DamagedIndex: nothing is there that could be used.
            NotecError: the folder cannot be written.
        """
        try:
            if not tantivy.Index.exists(str(self.folder)):
                raise DamagedIndex(f"{self.folder}: no index")
            index = tantivy.Index(self.schema, str(self.folder), reuse=True)
            self._take(index)
        except (ValueError, OSError) as error:
            if "acquire Lockfile" in str(error):  # the library wants one for reading, too
                raise NotecError(
                    f"cannot read the full text in {self.folder}: no lock file can be made there",
                    "make the folder writable, or name another one with --home or NOTEC_HOME",
                ) from error
            raise DamagedIndex(str(error)) from error
        except BaseException as error:
            if type(error).__name__ == "PanicException":  # the library met bytes it cannot believe
                raise DamagedIndex(str(error)) from error
            raise

    def create(self) -> None:
        """Begin again with an empty index."""
        self.close()
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        index = tantivy.Index(self.schema, str(self.folder), reuse=False)
        self._take(index, fresh=True)

    def _take(self, index: Any, fresh: bool = False) -> None:
        index.register_tokenizer(
            "spaces", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        )
        index.config_reader("manual")
        self._index = index
        self.generation = 0
        if not fresh:
            self._look()

    def reload(self) -> None:
        """See what was committed meanwhile.

        Raises:
            DamagedIndex: it was made with another key.
        """
        self._index.reload()
        self._look()

    def _look(self) -> None:
        self._searcher = self._index.searcher()
        found = self._searcher.search(
            tantivy.Query.term_query(self.schema, "stamp", "generation"), 1, count=False
        )
        if not found.hits:
            self.generation = 0
            return
        document = self._searcher.doc(found.hits[0][1])
        if self.key not in document.get_all("stamp"):
            raise DamagedIndex("made by another version or with other settings")
        self.generation = int(document.get_first("generation"))

    @property
    def searcher(self) -> Any:
        if self._searcher is None:
            self._index.reload()
            self._searcher = self._index.searcher()
        return self._searcher

    # --- writing

    def _write(self, work: Callable[[Any], T]) -> T:
        """Do something with the writer, in words that a user can act on when the disk is lost."""
        try:
            if self._writer is None:
                self._sweep()
                self._writer = self._index.writer(_HEAP, 1)
            self._written += 1
            self._waiting += 1
            return work(self._writer)
        except (ValueError, OSError) as error:
            self._writer = None
            said = str(error)
            if "No space left" in said or "os error 28" in said:
                raise NotecError(
                    f"the disk with {self.folder} is full; what was indexed until now is kept",
                    "free some space, then run the same command again",
                ) from error
            raise NotecError(
                f"cannot write the full text in {self.folder}: {said}",
                "make the folder writable, or delete it: it is built again by itself",
            ) from error

    def _sweep(self) -> None:
        """Take away lists of deletions that a killed writer left: the next of the same number would fail."""
        meta = json.loads((self.folder / "meta.json").read_bytes())
        known = {
            f"{segment['segment_id'].replace('-', '')}.{segment['deletes']['opstamp']}.del"
            for segment in meta["segments"]
            if segment["deletes"]
        }
        for file in self.folder.glob("*.del"):
            if file.name not in known:
                file.unlink()

    def add_passages(self, note: int, passages: Iterable[tuple[int, str, str, Lines]]) -> None:
        """Add `(id, language, role, lines)` of a note."""
        for number, language, role, lines in passages:
            document = tantivy.Document()
            document.add_unsigned("note", note)
            document.add_unsigned("passage", number)
            document.add_text("flags", f"lang:{language} role:{role}" if role else f"lang:{language}")
            if lines.head:
                document.add_text("head", lines.head)
            document.add_text("body", lines.body)
            self._write(partial(_add, document))

    def add_card(self, note: int, card: Card) -> None:
        """Put the card of a note, which must have none."""
        document = tantivy.Document()
        document.add_unsigned("card", note)
        document.add_text("title", card.title)
        document.add_text("names", card.names)
        self._write(partial(_add, document))

    def remove_card(self, note: int) -> None:
        self._delete("card", note)

    def remove(self, note: int) -> None:
        """Take out everything of a note."""
        self.remove_card(note)
        self._delete("note", note)

    def _delete(self, field: str, value: int) -> None:
        # `delete_documents_by_term` takes every whole number for a signed one, and finds none of ours
        query = tantivy.Query.term_query(self.schema, field, value)
        self._write(lambda writer: writer.delete_documents_by_query(query))

    def commit(self, generation: int) -> None:
        """Everything until now is on the disk, and is what the truth had at `generation`."""
        document = tantivy.Document()
        document.add_text("stamp", "generation")
        document.add_text("stamp", self.key)
        document.add_unsigned("generation", generation)

        def work(writer: Any) -> None:
            writer.delete_documents_by_term("stamp", "generation")
            writer.add_document(document)
            writer.commit()

        self._write(work)
        self.generation, self._searcher = generation, None
        self._waiting = 0

    def close(self) -> None:
        """Let go of the writer; what was not committed is forgotten.

        The small segments of edits are merged first, since each one costs every reader some time. Merges of
        large ones are given up: those are few enough.
        """
        if self._writer is not None:
            writer, self._writer = self._writer, None
            try:
                if self._waiting or self._written > _EDITS:
                    writer.rollback()
                writer.wait_merging_threads()
            except (ValueError, OSError):
                pass
        self._written = self._waiting = 0
        self._searcher = None
        self._index = None

    # --- reading

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Bytes that turn out to be damaged only when they are read are told with the way out."""
        try:
            yield
        except BaseException as error:
            if isinstance(error, ValueError | OSError) or type(error).__name__ == "PanicException":
                said, _, _ = str(error)[:120].partition("\n")
                raise NotecError(
                    f"the full text in {self.folder} is damaged ({said})",
                    "run `notec index --rebuild`: it is made of your notes again, nothing is lost",
                ) from error
            raise

    def doc_freq(self, field: str, term: str) -> int:
        """In how many documents a term stands in a field."""
        with self._reading():
            return int(self.searcher.doc_freq(field, term))

    def top(self, query: Any, limit: int, field: str = "passage") -> list[tuple[int, float]]:
        """The best `(value of field, score)` of a query, best first."""
        with self._reading():
            searcher = self.searcher
            hits = searcher.search(query, limit, count=False).hits
            if not hits:
                return []
            values = searcher.fast_field_values(field, [address for _, address in hits])
        return [
            (int(value), float(score))
            for value, (score, _) in zip(values, hits, strict=True)
            if value is not None
        ]

    def vocabulary(self, prefix: str, limit: int = 2_000) -> Sequence[tuple[str, int]]:
        """Terms of the bodies that begin with `prefix`, with their document counts."""
        with self._reading():
            found = self.searcher.terms_with_prefix("body", prefix, limit=limit)
        return [(str(term), int(often)) for term, often in found]
