"""The dense leg: vectors of every passage, beside the full text and derived from the same truth.

`home/vectors` holds one set for each model; `active.json` names the one that serves. A set knows its model,
its dimension and what was measured of it. Another model builds its set beside the old one, which serves
until the new one is whole, with the model that it was made with.

    sync:     passages -> keys -> what has no vector is embedded -> what is gone is hidden -> verdicts
    ranking:  query -> vector -> exact search -> passages; or nothing, where the language gains nothing

A model that cannot be used is a finding; searching goes on without it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from notec.core import Diagnostic, NotecError, Severity, short_id
from notec.index.dense_fill import Donor, Filling, fits
from notec.index.dense_set import Place, SetInfo, open_place
from notec.index.dense_table import Allowed, Table, Vectors, derive
from notec.index.quantised import Floats
from notec.index.reading import Reader
from notec.index.values import Cancel, ProgressSink
from notec.models.transport import CancelledError
from notec.vault.write import write_atomically

if TYPE_CHECKING:
    from notec.models.embed import Embedder

__all__ = ["Dense", "open_place"]

FOLDER = "vectors"
_QUERIES = 64  # vectors of queries that are remembered


class Dense:
    """Vectors for one index; a `DenseLeg`.

    Args:
        home: of the index.
        spec: names the embedder.
        opener: opens an embedder by its spec.
        place: opens vectors; `url` is where new sets go, empty for the home.
    """

    def __init__(
        self, home: Path, spec: str, opener: Callable[[str], Embedder], place: Place, url: str = ""
    ) -> None:
        self.folder = home / FOLDER
        self.spec, self.url = spec, url
        self._opener, self._place = opener, place
        self._embedders: dict[str, Embedder] = {}
        self._active: tuple[str, SetInfo, Vectors, Table] | None = None
        self._stamp: object = None
        self._queries: dict[tuple[str, str], Floats] = {}
        self.trouble = ""  # why the last ranking was not to be had

    # --- keeping it up to date

    def sync(self, reader: Reader, progress: ProgressSink, cancel: Cancel) -> tuple[Diagnostic, ...]:
        """Embed what has no vector yet; see `DenseLeg`."""
        try:
            return self._sync(reader, progress, cancel)
        except CancelledError:
            return ()
        except NotecError as error:
            return (
                Diagnostic(
                    "vectors-failed",
                    Severity.WARNING,
                    f"the vectors are not up to date, search goes on by words: {error.message}",
                    "",
                    notes=(error.hint,) if error.hint else (),
                ),
            )

    def _sync(self, reader: Reader, progress: ProgressSink, cancel: Cancel) -> tuple[Diagnostic, ...]:
        embedder = self._embedder(self.spec)
        name = short_id(f"{embedder.fingerprint} {self.url} {reader.meta('identity')}", 10)
        folder = self.folder / name
        info = SetInfo.read(folder)
        if info is None:
            info = SetInfo(self.spec, embedder.name, embedder.fingerprint, embedder.dimension, self.url)
            info.write(folder)
        elif info.spec != self.spec:  # the same model at another path
            info = replace(info, spec=self.spec)
            info.write(folder)
        before = Table.read(folder / "table.npy")
        table = derive(reader, before)
        vectors = self._place(folder, info, True)
        try:
            filling = Filling(
                reader,
                embedder,
                info,
                vectors,
                table=table,
                donor=self._donor(info.fingerprint, info.place),
                progress=progress,
                cancel=cancel,
            )
            changed = bool(filling.missing) or not np.array_equal(before.rows, table.rows)
            clean = info.clean
            if changed and clean:
                info = replace(info, clean=False)
                info.write(folder)
            if not filling.run():
                return ()
            if changed or not clean:
                vectors.settle(table, before if clean else None)
                table.write(folder / "table.npy")
        finally:
            vectors.close()
        after = replace(info, verdicts=filling.verdicts, whole=True, clean=True)
        if after != info:
            after.write(folder)
        if self._serving() != name:
            write_atomically(self.folder / "active.json", json.dumps({"set": name}).encode())
        self._forget_others(name)
        return ()

    def _donor(self, fingerprint: str, place: str) -> Donor | None:
        """Where vectors of the same model lie in another place: gives those of some keys that it has."""
        active = self._opened()
        if active is None or active[1].fingerprint != fingerprint or active[1].place == place:
            return None
        other = active[2]

        def known(keys: Sequence[bytes]) -> dict[bytes, Floats]:
            missing = set(other.missing(keys))
            there = [key for key in keys if key not in missing]
            return dict(zip(there, other.of(there), strict=True)) if there else {}

        return known

    def _forget_others(self, name: str) -> None:
        """Remove the sets that no longer serve."""
        self._let_go()
        for folder in self.folder.iterdir():
            if folder.is_dir() and folder.name != name:
                info = SetInfo.read(folder)
                try:
                    if info is not None and info.place:
                        self._place(folder, info, True).remove()
                except NotecError:
                    continue  # its server is away: another time
                shutil.rmtree(folder, ignore_errors=True)

    # --- finding

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
        """Passages that mean what the query means; see `DenseLeg`."""
        self.trouble = ""
        try:
            active = self._opened()
            if active is None:
                return []
            _, info, vectors, table = active
            verdict = info.verdicts.get(language)
            if verdict is None or not verdict.helps or not query.strip():
                return []
            vector = self._vector(query, info)
            allowed = Allowed(allowed_notes, note_language, role)
            return vectors.search(vector, query, limit, table, allowed)
        except NotecError as error:
            self.trouble = error.message
            return []

    def _vector(self, query: str, info: SetInfo) -> Floats:
        key = (info.fingerprint, query)
        if key not in self._queries:
            embedder = self._embedder(info.spec)
            if embedder.fingerprint != info.fingerprint:
                raise NotecError(f"{info.spec} is not the model of the vectors any more", "run `notec index`")
            if len(self._queries) >= _QUERIES:
                self._queries.clear()
            vector = embedder.query(query)
            fits(vector, info)
            self._queries[key] = vector
        return self._queries[key]

    def status(self) -> dict[str, Any]:
        """Model, dimension, place, count, and the verdict on each language."""
        out: dict[str, Any] = {"embedder": self.spec, "place": self.url or str(self.folder)}
        infos = {f.name: i for f in self._folders() if (i := SetInfo.read(f))}
        serving = infos.get(self._serving())
        if serving is None:
            out["state"] = "no vectors yet: run `notec index`"
            return out
        out |= {"model": serving.model, "dimension": serving.dimension, "served_by": serving.spec}
        out["passages"] = len(Table.read(self.folder / self._serving() / "table.npy"))
        out["languages"] = {name: verdict.words() for name, verdict in sorted(serving.verdicts.items())}
        if building := [i.model for i in infos.values() if not i.whole]:
            out["building"] = building
        if self.trouble:
            out["trouble"] = self.trouble
        return out

    def close(self) -> None:
        self._let_go()
        for embedder in self._embedders.values():
            embedder.close()
        self._embedders.clear()

    # --- what is open

    @property
    def embedder(self) -> Embedder:
        """The one that is configured now."""
        return self._embedder(self.spec)

    def _embedder(self, spec: str) -> Embedder:
        if spec not in self._embedders:
            self._embedders[spec] = self._opener(spec)
        return self._embedders[spec]

    def _folders(self) -> list[Path]:
        return [f for f in self.folder.iterdir() if f.is_dir()] if self.folder.is_dir() else []

    def _serving(self) -> str:
        try:
            return str(json.loads((self.folder / "active.json").read_bytes())["set"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def _opened(self) -> tuple[str, SetInfo, Vectors, Table] | None:
        """The set that serves, as another process may have left it."""
        stamp = self._look()
        if self._active is None or stamp != self._stamp:
            self._let_go()
            name = self._serving()
            info = SetInfo.read(self.folder / name) if name else None
            if info is not None and info.whole:
                folder = self.folder / name
                self._active = (
                    name,
                    info,
                    self._place(folder, info, False),
                    Table.read(folder / "table.npy"),
                )
            self._stamp = stamp
        return self._active

    def _look(self) -> tuple[int, ...]:
        stamps = []
        name = self._serving()
        for file in (
            self.folder / "active.json",
            self.folder / name / "set.json",
            self.folder / name / "table.npy",
        ):
            try:
                found = file.stat()
                stamps += [found.st_mtime_ns, found.st_ino]
            except OSError:
                stamps.append(0)
        return tuple(stamps)

    def _let_go(self) -> None:
        if self._active is not None:
            self._active[2].close()
            self._active = None
