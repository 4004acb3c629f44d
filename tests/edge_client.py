"""Qdrant Edge (the server's engine, in this process) behind the calls of `QdrantClient` that notec makes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import qdrant_edge as edge


class EdgeClient:
    """Collections as shards in folders below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.shards: dict[str, Any] = {}

    def collection_exists(self, name: str) -> bool:
        return name in self.shards

    def create_collection(self, name: str, vectors_config: Any, sparse_vectors_config: Any) -> None:
        config = edge.EdgeConfig(
            vectors={
                key: edge.EdgeVectorParams(size=v.size, distance=edge.Distance.Cosine)
                for key, v in vectors_config.items()
            },
            sparse_vectors={
                key: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf) for key in sparse_vectors_config
            },
        )
        (self.root / name).mkdir(parents=True)
        self.shards[name] = edge.EdgeShard.create(str(self.root / name), config)

    def create_payload_index(self, name: str, field: str, kind: Any) -> None:
        schema = getattr(edge.PayloadSchemaType, str(kind.value).capitalize())
        self.shards[name].update(edge.UpdateOperation.create_field_index(field, schema))

    def delete_collection(self, name: str) -> None:
        self.shards.pop(name).close()

    def count(self, name: str, exact: bool = True) -> Any:
        return SimpleNamespace(count=self.shards[name].count(edge.CountRequest(exact=exact)))

    def upsert(self, name: str, points: Any, wait: bool = True) -> None:
        rows = [
            edge.Point(p.id, {"dense": p.vector["dense"], "bm25": _sparse(p.vector["bm25"])}, dict(p.payload))
            for p in points
        ]
        self.shards[name].update(edge.UpdateOperation.upsert_points(rows))

    def retrieve(self, name: str, ids: Any, with_payload: bool = False, with_vectors: Any = False) -> Any:
        return self.shards[name].retrieve(list(ids), with_payload, with_vectors)

    def delete(self, name: str, ids: Any, wait: bool = True) -> None:
        self.shards[name].update(edge.UpdateOperation.delete_points(list(ids)))

    def set_payload(self, name: str, payload: Any, ids: Any, wait: bool = True) -> None:
        self.shards[name].update(edge.UpdateOperation.set_payload(list(ids), payload))

    def scroll(self, name: str, limit: int, offset: Any, with_payload: bool, with_vectors: bool) -> Any:
        return self.shards[name].scroll(
            edge.ScrollRequest(
                offset=offset, limit=limit, with_payload=with_payload, with_vector=with_vectors
            )
        )

    def query_points(
        self,
        name: str,
        query: Any = None,
        using: str | None = None,
        prefetch: Any = (),
        query_filter: Any = None,
        limit: int = 10,
        with_payload: bool = False,
    ) -> Any:
        stages = [
            edge.Prefetch(limit=p.limit, query=_nearest(p.query, p.using), filter=_filter(p.filter))
            for p in prefetch
        ]
        asked = edge.Fusion.Rrf(k=2) if stages else _nearest(query, using)
        found = self.shards[name].query(
            edge.QueryRequest(
                limit=limit,
                query=asked,
                prefetches=stages or None,
                filter=_filter(query_filter),
                with_payload=with_payload,
            )
        )
        return SimpleNamespace(points=found)


def _sparse(vector: Any) -> Any:
    return edge.SparseVector(list(vector.indices), list(vector.values))


def _nearest(query: Any, using: str | None) -> Any:
    return edge.Query.Nearest(query if isinstance(query, list) else _sparse(query), using=using)


def _filter(wanted: Any) -> Any:
    if wanted is None:
        return None
    return edge.Filter(
        must=[
            edge.FieldCondition(
                key=c.key,
                match=edge.MatchAny(any=c.match.any)
                if hasattr(c.match, "any")
                else edge.MatchValue(c.match.value),
            )
            for c in wanted.must
        ]
    )
