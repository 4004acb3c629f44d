"""What a model wants to see before a query and before a passage.

Some models were trained with words before each text and lose much without them. A sentence-transformers
folder says which (`config_sentence_transformers.json`); a GGUF file or a server tells only a name, so
here are the families whose model cards ask for something, the more special name first. A model that is
not here (all-MiniLM, GTE, LaBSE, BGE-M3, paraphrase-multilingual) gets the bare text.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Prefixes(NamedTuple):
    """Put before each query and each passage."""

    query: str = ""
    passage: str = ""


_TASK = "Given a question or a few words, retrieve passages of the user's notes that answer it"
_BGE = "Represent this sentence for searching relevant passages: "

# a pattern in the name of the model -> prefixes, as the model's card has them
_FAMILIES: tuple[tuple[str, Prefixes], ...] = (
    (r"e5.*instruct", Prefixes(f"Instruct: {_TASK}\nQuery: ")),
    (r"\be5\b", Prefixes("query: ", "passage: ")),
    (r"bge-m3|bge-multilingual", Prefixes()),
    (r"bge-(micro|small|base|large).*en|mxbai-embed", Prefixes(_BGE)),
    (r"snowflake-arctic.*(v2|2\.0)", Prefixes("query: ")),
    (r"snowflake-arctic", Prefixes(_BGE)),
    (r"nomic-embed", Prefixes("search_query: ", "search_document: ")),
    (r"frida|ru-en-rosberta|giga-?embeddings", Prefixes("search_query: ", "search_document: ")),
    (r"qwen3-embedding", Prefixes(f"Instruct: {_TASK}\nQuery:")),
    (r"embedding-?gemma", Prefixes("task: search result | query: ", "title: none | text: ")),
)


def prefixes(name: str) -> Prefixes:
    """Those of the model with this name."""
    plain = re.sub(r"[\s_]+", "-", name.casefold())
    return next((found for pattern, found in _FAMILIES if re.search(pattern, plain)), Prefixes())
