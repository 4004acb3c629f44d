"""Fills a set of vectors: embeds what has none, and measures whether that helps.

Of a language that is not measured yet only a sample is embedded at first. Where the vectors do not help,
the rest is not embedded at all: an English model spends minutes on a Russian vault, not days.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from notec.core import NotecError
from notec.facts.words import Analyzer
from notec.index.dense_gate import Verdict, measure, sample
from notec.index.dense_set import SetInfo
from notec.index.dense_table import Table, Vectors, texts_of
from notec.index.quantised import Floats
from notec.index.reading import Reader
from notec.index.values import Cancel, Progress, ProgressSink
from notec.models.embed import Embedder

_BATCH = 16  # texts that are embedded between two looks at `cancel`
_SAVE_TEXTS, _SAVE_SECONDS = 512, 20.0  # what a kill may cost
_CHANGED = 1.5  # a language that grew or shrank so much is measured again

Donor = Callable[[Sequence[bytes]], dict[bytes, Floats]]
"""Gives the vectors of those keys that it has."""


class Filling:
    """One run over one set. What was embedded stays, however it ends.

    Attributes:
        verdicts: of each language, once `sampled` is done.
    """

    def __init__(
        self,
        reader: Reader,
        embedder: Embedder,
        info: SetInfo,
        vectors: Vectors,
        *,
        table: Table,
        donor: Donor | None,
        progress: ProgressSink,
        cancel: Cancel,
    ) -> None:
        self.reader, self.embedder, self.info, self.vectors = reader, embedder, info, vectors
        self.table, self.donor, self.progress, self.cancel = table, donor, progress, cancel
        self.passages = table.by_key()
        self.verdicts: dict[str, Verdict] = {}
        self._samples: dict[
            str, dict[bytes, int]
        ] = {}  # language -> key -> passage, where it is to be measured
        raw = table.keys.tobytes()
        for language, count in table.languages().items():
            known = info.verdicts.get(language)
            if known and known.passages <= count * _CHANGED and count <= known.passages * _CHANGED:
                self.verdicts[language] = known
                continue
            rows = np.flatnonzero(table.rows["language"] == language.encode())
            rows = rows[sample(len(rows))]
            self._samples[language] = {raw[16 * n : 16 * n + 16]: int(table.rows["id"][n]) for n in rows}
        self.missing = self._wanted(vectors.missing(list(self.passages)))

    def run(self) -> bool:
        """Embed and measure; False where it was cancelled."""
        sampled = {key for keys in self._samples.values() for key in keys}
        if not self._embed([key for key in self.missing if key in sampled]):
            return False
        for language, keys in self._samples.items():
            self.verdicts[language] = self._measured(language, keys)
        return self._embed(self._wanted([key for key in self.missing if key not in sampled]))

    def _wanted(self, keys: Sequence[bytes]) -> list[bytes]:
        """Without those of languages that the vectors are known not to help."""
        hushed = {name.encode() for name, verdict in self.verdicts.items() if verdict.hushes}
        rows = self.table.rows
        silent = set(rows["id"][np.isin(rows["language"], list(hushed))].tolist()) if hushed else set()
        return [key for key in keys if self.passages[key] not in silent]

    def _measured(self, language: str, keys: dict[bytes, int]) -> Verdict:
        key_of = {passage: key for key, passage in keys.items()}
        texts = {key_of[passage]: text for passage, text in texts_of(self.reader, list(key_of))}
        return measure(
            list(texts.values()),
            self.vectors.of(list(texts)),
            lambda some: self.embedder.passages(some, self.cancel),
            self.embedder.query,
            analyzer=Analyzer(),
            passages=self.table.languages()[language],
        )

    def _embed(self, missing: Sequence[bytes]) -> bool:
        """Vectors for these; False where it was cancelled."""
        key_of = {self.passages[key]: key for key in missing}
        done: list[tuple[bytes, str, Floats]] = []
        waiting: list[tuple[bytes, str]] = []
        saved = time.monotonic()

        def save() -> None:
            if done:
                found = np.array([vector for _, _, vector in done], np.float32)
                self.vectors.add([k for k, _, _ in done], found, [text for _, text, _ in done], self.table)
            done.clear()

        try:
            for count, (passage, text) in enumerate(texts_of(self.reader, sorted(key_of)), 1):
                waiting.append((key_of[passage], text))
                if len(waiting) >= _BATCH or count == len(key_of):
                    if self.cancel():
                        return False
                    done += self._batch(waiting)
                    waiting.clear()
                    self.progress(Progress("embed", count, len(key_of)))
                if len(done) >= _SAVE_TEXTS or time.monotonic() - saved > _SAVE_SECONDS:
                    save()
                    saved = time.monotonic()
        finally:
            save()
        return True

    def _batch(self, waiting: Sequence[tuple[bytes, str]]) -> list[tuple[bytes, str, Floats]]:
        found = self.donor([key for key, _ in waiting]) if self.donor else {}
        new = [(key, text) for key, text in waiting if key not in found]
        if new:
            made = self.embedder.passages([text for _, text in new], self.cancel)
            fits(made, self.info)
            found |= {key: vector for (key, _), vector in zip(new, made, strict=True)}
        return [(key, text, found[key]) for key, text in waiting]


def fits(vectors: Floats, info: SetInfo) -> None:
    """Raises where the vectors are not as long as those of the set."""
    if vectors.size and vectors.shape[-1] != info.dimension:
        raise NotecError(
            f"{info.model} gives vectors of {vectors.shape[-1]} numbers, kept are {info.dimension}",
            "another model stands behind the same name: name it after a # in `embedder`",
        )
