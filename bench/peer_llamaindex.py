"""LlamaIndex as a user would set it up for Markdown without a model: reader, node parser, BM25.

Runs under a Python of its own (see `bench/peers.py`): `index FOLDER STORE LANGUAGE` builds and
persists, `query STORE QUERIES LANGUAGE` loads and answers. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

STEMMER = {"ru": ("russian", "ru"), "en": ("english", "en")}


def index(folder: str, store: str, language: str) -> dict[str, float]:
    import Stemmer
    from llama_index.core import SimpleDirectoryReader
    from llama_index.core.node_parser import MarkdownNodeParser
    from llama_index.readers.file import MarkdownReader
    from llama_index.retrievers.bm25 import BM25Retriever

    start = time.perf_counter()
    documents = SimpleDirectoryReader(
        folder, recursive=True, required_exts=[".md"], file_extractor={".md": MarkdownReader()}
    ).load_data()
    nodes = MarkdownNodeParser().get_nodes_from_documents(documents)
    name, code = STEMMER[language]
    retriever = BM25Retriever.from_defaults(
        nodes=nodes, similarity_top_k=30, stemmer=Stemmer.Stemmer(name), language=code
    )
    retriever.persist(store)
    return {"index_s": time.perf_counter() - start, "nodes": len(nodes)}


def query(store: str, queries: str, language: str) -> dict[str, object]:
    start = time.perf_counter()
    import Stemmer
    from llama_index.retrievers.bm25 import BM25Retriever

    retriever = BM25Retriever.from_persist_dir(store)
    retriever.stemmer = Stemmer.Stemmer(STEMMER[language][0])  # is not persisted
    first, times, ranks = 0.0, [], []
    for line in Path(queries).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        at = time.perf_counter()
        nodes = retriever.retrieve(row["query"])
        times.append(time.perf_counter() - at)
        first = first or time.perf_counter() - start
        ranks.append([str(n.metadata.get("file_path", "")) for n in nodes])
    return {"first_answer_s": first, "times": times, "ranks": ranks}


if __name__ == "__main__":
    action = index if sys.argv[1] == "index" else query
    print(json.dumps(action(*sys.argv[2:])))
