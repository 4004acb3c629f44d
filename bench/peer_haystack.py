"""Haystack as a user would set it up for Markdown without a model: splitter, in-memory BM25.

Runs under a Python of its own (see `bench/peers.py`): `index FOLDER STORE LANGUAGE` builds and
saves, `query STORE QUERIES LANGUAGE` loads and answers. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def index(folder: str, store: str, language: str) -> dict[str, float]:
    from haystack import Document
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    del language  # its BM25 has no stemmer
    start = time.perf_counter()
    documents = [
        Document(content=path.read_text(encoding="utf-8"), meta={"file_path": str(path)})
        for path in sorted(Path(folder).rglob("*.md"))
    ]
    splitter = DocumentSplitter(split_by="word", split_length=200, split_overlap=20)
    splitter.warm_up()
    pieces = splitter.run(documents=documents)["documents"]
    memory = InMemoryDocumentStore()
    memory.write_documents(pieces)
    Path(store).mkdir(parents=True, exist_ok=True)
    memory.save_to_disk(str(Path(store) / "store.json"))
    return {"index_s": time.perf_counter() - start, "nodes": len(pieces)}


def query(store: str, queries: str, language: str) -> dict[str, object]:
    del language
    start = time.perf_counter()
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    memory = InMemoryDocumentStore.load_from_disk(str(Path(store) / "store.json"))
    retriever = InMemoryBM25Retriever(document_store=memory, top_k=30)
    first, times, ranks = 0.0, [], []
    for line in Path(queries).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        at = time.perf_counter()
        found = retriever.run(query=row["query"])["documents"]
        times.append(time.perf_counter() - at)
        first = first or time.perf_counter() - start
        ranks.append([str(d.meta.get("file_path", "")) for d in found])
    return {"first_answer_s": first, "times": times, "ranks": ranks}


if __name__ == "__main__":
    action = index if sys.argv[1] == "index" else query
    print(json.dumps(action(*sys.argv[2:])))
