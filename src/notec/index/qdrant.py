"""The vectors of one model in a collection of a Qdrant server or cluster, instead of the home folder.

A point stands for one text: its id is the digest of the text, its vectors are `dense` and `bm25`, and its
payload tells in which notes, languages and roles of a chat the text stands. Passages with the same words
share a point; which passages they are, and what a folder, a tag or a day means, is known here, so that a
rename or a move touches no point. No words of a note are stored.

`bm25` is BM25 parted in two: the point holds each term's saturated frequency, the query asks with ones, and
the collection multiplies by the inverse document frequency, which only it knows. A search asks for both and
lets the server fuse them by reciprocal rank.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import numpy as np

from notec.core import NotecError
from notec.facts.words import STOPWORDS, Analyzer, tokens
from notec.index.cut import GOAL
from notec.index.dense_table import Allowed, Table
from notec.index.quantised import Floats

_BATCH = 256  # points in one request
_PAGE = 1024
_K1, _B = 1.2, 0.75
_FIELDS = {"note": "integer", "language": "keyword", "role": "keyword"}
_MOST_NOTES = 20_000  # in one filter; beyond it the server is asked for more and the rest is left out here
_MORE = 10


class QdrantVectors:
    """One collection, seen through passages.

    Args:
        client: a `qdrant_client.QdrantClient`, or anything that answers like one.
        collection: its name; made where it is missing and `write` says so.

    Raises:
        NotecError: the server cannot be reached, or there is no collection and this is a reader.
    """

    def __init__(self, client: Any, collection: str, dimension: int, *, write: bool) -> None:
        self.client, self.collection = client, collection
        self.analyzer = Analyzer()
        self._table: Table | None = None
        self._places: dict[bytes, list[int]] = {}  # key to rows of the table
        with self._told():
            there = client.collection_exists(collection)
        if not there and not write:
            raise NotecError(f"Qdrant has no collection {collection}", "run `notec index`: it is made again")
        if not there:
            self._create(dimension)

    def _create(self, dimension: int) -> None:
        from qdrant_client import models

        with self._told():
            self.client.create_collection(
                self.collection,
                vectors_config={
                    "dense": models.VectorParams(
                        size=dimension, distance=models.Distance.COSINE, on_disk=True
                    )
                },
                sparse_vectors_config={"bm25": models.SparseVectorParams(modifier=models.Modifier.IDF)},
            )
            for name, kind in _FIELDS.items():
                self.client.create_payload_index(self.collection, name, models.PayloadSchemaType(kind))

    def __len__(self) -> int:
        with self._told():
            return int(self.client.count(self.collection, exact=True).count)

    def missing(self, keys: Sequence[bytes]) -> list[bytes]:
        known: set[bytes] = set()
        for part in _parts(keys, _PAGE):
            with self._told():
                found = self.client.retrieve(self.collection, [_id(k) for k in part], with_payload=False)
            known |= {_key(point.id) for point in found}
        return [key for key in dict.fromkeys(keys) if key not in known]

    def add(self, keys: Sequence[bytes], vectors: Floats, texts: Sequence[str], table: Table) -> None:
        from qdrant_client import models

        self._see(table)
        rows = zip(keys, vectors, texts, strict=True)
        for part in _parts(list(rows), _BATCH):
            points = [
                models.PointStruct(
                    id=_id(key),
                    vector={"dense": vector.tolist(), "bm25": self._document(text)},
                    payload=self._payload(table, key),
                )
                for key, vector, text in part
            ]
            with self._told():
                self.client.upsert(self.collection, points, wait=True)

    def settle(self, table: Table, before: Table | None) -> None:
        self._see(table)
        now = {key: self._payload(table, key) for key in self._places}
        if before is None:
            old = dict(self._stored())
        else:
            places = _places(before)
            old = {key: _payload(before, rows) for key, rows in places.items()}
        gone = [key for key in old if key not in now]
        for part in _parts(gone, _PAGE):
            with self._told():
                self.client.delete(self.collection, [_id(key) for key in part], wait=True)
        for key, payload in now.items():
            if key in old and old[key] != payload:
                with self._told():
                    self.client.set_payload(self.collection, payload, [_id(key)], wait=True)

    def search(
        self, vector: Floats, query: str, limit: int, table: Table, allowed: Allowed
    ) -> list[tuple[int, float]]:
        from qdrant_client import models

        self._see(table)
        narrowed = self._filter(allowed)
        mask = None if allowed.everything else table.mask(allowed)
        if mask is not None and not mask.any():
            return []
        depth = limit * (_MORE if narrowed is None and mask is not None else 1)
        words = self._query(query)
        asked: dict[str, Any] = {"query": vector.tolist(), "using": "dense", "query_filter": narrowed}
        if words.indices:
            asked = {
                "prefetch": [
                    models.Prefetch(query=q, using=using, limit=depth, filter=narrowed)
                    for q, using in ((vector.tolist(), "dense"), (words, "bm25"))
                ],
                "query": models.FusionQuery(fusion=models.Fusion.RRF),
            }
        with self._told():
            found = self.client.query_points(self.collection, **asked, limit=depth, with_payload=False).points
        out = [
            (int(table.rows["id"][row]), float(point.score))
            for point in found
            for row in self._places.get(_key(point.id), ())
            if mask is None or mask[row]
        ]
        return out[:limit]

    def of(self, keys: Sequence[bytes]) -> Floats:
        found: dict[bytes, list[float]] = {}
        for part in _parts(keys, _BATCH):
            with self._told():
                points = self.client.retrieve(
                    self.collection, [_id(k) for k in part], with_payload=False, with_vectors=["dense"]
                )
            found |= {_key(point.id): point.vector["dense"] for point in points}
        if any(key not in found for key in keys):
            raise NotecError(f"points of {self.collection} are missing in Qdrant", "run `notec index`")
        return np.array([found[key] for key in keys], np.float32)

    def remove(self) -> None:
        with self._told():
            self.client.delete_collection(self.collection)

    def close(self) -> None:
        self._table, self._places = None, {}

    # --- texts and queries as sparse vectors

    def _document(self, text: str) -> Any:
        terms = self.analyzer.terms(text)
        longer = _K1 * (1 - _B + _B * len(terms) / GOAL)
        return _sparse({term: n * (_K1 + 1) / (n + longer) for term, n in Counter(terms).items()})

    def _query(self, query: str) -> Any:
        forms = [token.form for token in tokens(query)]
        content = [form for form in forms if form.lower() not in STOPWORDS] or forms
        return _sparse({term: 1.0 for form in content for term in self.analyzer.parts(form).terms})

    # --- passages and points

    def _see(self, table: Table) -> None:
        if self._table is not table:
            self._table, self._places = table, _places(table)

    def _payload(self, table: Table, key: bytes) -> dict[str, Any]:
        return _payload(table, self._places.get(key, []))

    def _stored(self) -> Iterator[tuple[bytes, dict[str, Any]]]:
        """Every point with its payload."""
        offset = None
        while True:
            with self._told():
                points, offset = self.client.scroll(
                    self.collection, limit=_PAGE, offset=offset, with_payload=True, with_vectors=False
                )
            yield from ((_key(point.id), dict(point.payload or {})) for point in points)
            if offset is None:
                return

    def _filter(self, allowed: Allowed) -> Any:
        from qdrant_client import models

        must: list[Any] = []
        if allowed.notes is not None and len(allowed.notes) <= _MOST_NOTES:
            any_of = models.MatchAny(any=sorted(int(n) for n in allowed.notes))
            must.append(models.FieldCondition(key="note", match=any_of))
        for name, value in (("language", allowed.language), ("role", allowed.role)):
            if value:
                must.append(models.FieldCondition(key=name, match=models.MatchValue(value=value)))
        return models.Filter(must=must) if must else None

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong with the server, in words that a user can act on."""
        try:
            yield
        except NotecError:
            raise
        except Exception as error:  # the client has its own, its HTTP library's and the engine's
            said = " ".join(str(error).split())[:300] or type(error).__name__
            raise NotecError(
                f"Qdrant (collection {self.collection}): {said}",
                "start the server, or remove `search.qdrant` to keep the vectors in the home folder",
            ) from error


def open_client(url: str, *, allowed_hosts: tuple[str, ...] = (), api_key: str = "") -> Any:
    """A client of the server at `url`; nothing is sent yet.

    Raises:
        NotecError: the host is not the user's own, or the client is not installed.
    """
    from notec.models.transport import Address

    address = Address.of(url, allowed_hosts)
    try:
        from qdrant_client import QdrantClient
    except ImportError:
        raise NotecError(
            "search.qdrant: the client is not installed",
            "pip install 'notec[qdrant]', or remove `search.qdrant`",
        ) from None
    return QdrantClient(
        url=address.url(),
        port=address.port,
        api_key=api_key or None,
        prefer_grpc=False,
        check_compatibility=False,
        timeout=60,
        trust_env=False,  # a proxy of the environment would see what stays here
    )


def _places(table: Table) -> dict[bytes, list[int]]:
    raw = table.keys.tobytes()
    out: dict[bytes, list[int]] = {}
    for row in range(len(table)):
        out.setdefault(raw[16 * row : 16 * row + 16], []).append(row)
    return out


def _payload(table: Table, rows: Sequence[int]) -> dict[str, Any]:
    some = table.rows[list(rows)]
    return {
        "note": sorted({int(n) for n in some["note"]}),
        "language": sorted({name.decode() for name in some["language"]}),
        "role": sorted({name.decode() for name in some["role"] if name}),
    }


def _sparse(weights: dict[str, float]) -> Any:
    from qdrant_client import models

    summed: Counter[int] = Counter()
    for term, weight in weights.items():
        summed[zlib.crc32(term.encode())] += weight  # type: ignore[assignment]  # a Counter of floats
    return models.SparseVector(indices=list(summed), values=[float(w) for w in summed.values()])


def _id(key: bytes) -> str:
    return str(UUID(bytes=key))


def _key(point: Any) -> bytes:
    return UUID(str(point)).bytes


def _parts(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (items[at : at + size] for at in range(0, len(items), size))
