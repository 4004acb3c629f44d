"""A reranking server on loopback: it reorders the first passages, and its failure never stops a search."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from notec.core import NotecError
from notec.index import Index, Settings
from notec.models.rerank import HttpReranker
from openai_server import Answer, OpenAIServer, Seen, error


def shortest_first(seen: Seen) -> Answer:
    """Prefers short documents; answers in the wrong order, as servers may: `index` tells."""
    rows = [{"index": n, "relevance_score": -len(d)} for n, d in enumerate(seen.body["documents"])]
    return Answer([json.dumps({"results": rows[::-1]}).encode()], content_type="application/json")


@pytest.fixture
def index(vault: Path, tmp_path: Path) -> Iterator[Index]:
    (vault / "long.md").write_text(
        "# Память\n\nПамять, память и ещё раз память: сколько её нужно?\n", "utf-8"
    )
    (vault / "short.md").write_text("# Шина\n\nПамять.\n", "utf-8")
    with Index.open(vault, tmp_path / "home", Settings(workers=1)) as made:
        made.update()
        yield made


def test_reorders_what_was_found(index: Index) -> None:
    plain = index.search("сколько памяти")
    assert [hit.note for hit in plain] == ["long.md", "short.md"]
    with OpenAIServer(rerank=shortest_first) as server:
        index.reranker = HttpReranker(server.url)
        hits = index.search("сколько памяти")
    assert [hit.note for hit in hits] == ["short.md", "long.md"]
    assert [hit.score for hit in hits] == [hit.score for hit in plain]
    assert server.seen[0].body["query"] == "сколько памяти"
    assert index.warnings == ()


@pytest.mark.parametrize(
    "answer",
    [
        error(500, "no memory"),
        Answer([b"<html>"], content_type="text/html"),
        Answer([b'{"results": []}'], content_type="application/json"),
        Answer([b'{"results": [{"index": 0, "relevance_score": NaN}]}'], content_type="application/json"),
        Answer([b"[1]"], content_type="application/json"),
    ],
)
def test_a_failure_is_told_and_the_search_goes_on(index: Index, answer: Answer) -> None:
    plain = index.search("память")
    with OpenAIServer(rerank=answer) as server:
        index.reranker = HttpReranker(server.url)
        assert index.search("память") == plain
        assert index.search("память") == plain
        assert len(server.seen) == 1, "it is not asked again"
    assert [d.code for d in index.warnings] == ["reranker-unavailable"]


def test_no_server_there(index: Index) -> None:
    with OpenAIServer() as server:
        url = server.url
    index.reranker = HttpReranker(url)
    assert index.search("память")
    assert "reranker-unavailable" in {d.code for d in index.warnings}


def test_speaks_to_own_hosts_only() -> None:
    with pytest.raises(NotecError, match="not this machine"):
        HttpReranker("http://example.org/v1/rerank")
    assert HttpReranker("http://127.0.0.1:9/v1/rerank#bge").endpoint.base == "http://127.0.0.1:9/v1"
    assert HttpReranker("http://127.0.0.1:9").scores("query", []) == []
