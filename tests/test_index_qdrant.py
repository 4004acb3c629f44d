"""The vectors in Qdrant: the same answers from the client's local mode and from Qdrant Edge."""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from notec.core import NotecError
from notec.index import Index, Settings
from notec.index.dense import Dense, open_place
from notec.index.dense_table import Allowed, Table
from notec.index.qdrant import QdrantVectors, open_client
from notec.models.embed import open_embedder
from test_index_dense import NOTES, Watched, found, let_in
from tiny_gguf import embedder

pytest.importorskip("xllamacpp")
pytest.importorskip("qdrant_client")

URL = "http://127.0.0.1:6333"


@pytest.fixture(params=["local", "edge"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "edge":
        if importlib.util.find_spec("qdrant_edge") is None:
            pytest.skip("qdrant-edge-py is not installed")
        from edge_client import EdgeClient

        return EdgeClient(tmp_path / "edge")
    from qdrant_client import QdrantClient

    return QdrantClient(":memory:")


@pytest.fixture
def notes(vault: Path) -> Path:
    for name, text in NOTES.items():
        (vault / name).parent.mkdir(exist_ok=True)
        (vault / name).write_text(text, encoding="utf-8")
    return vault


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return embedder(tmp_path / "model.gguf", width=32)


def leg(home: Path, model: Path, client: Any, opener: Any = open_embedder, url: str = URL) -> Dense:
    return Dense(home, str(model), opener, partial(open_place, client=lambda _: client), url)


def collection(home: Path) -> str:
    return "notec-" + next(f.name for f in (home / "vectors").iterdir() if f.is_dir())


@pytest.mark.filterwarnings("ignore:.*local Qdrant:UserWarning")
def test_the_same_passages_live_there(tmp_path: Path, notes: Path, model: Path, client: Any) -> None:
    home = tmp_path / "home"
    watched = Watched()
    dense = leg(home, model, client, watched)
    with Index.open(notes, home, Settings(workers=1), dense) as index:
        assert [d.message for d in index.update().diagnostics if d.code == "vectors-failed"] == []
        let_in(home, "en", "ru")
        assert not list((home / "vectors").glob("*/rows"))  # nothing of it lies in the home
        assert client.count(collection(home)).count == index.passage_count()
        assert found(index, dense, "river boat bank")[0] == "river.md"
        assert set(found(index, dense, "river boat bank", note_language="ru")) == {"zima.md"}
        pie = index.note("pie.md")
        assert pie
        assert found(index, dense, "river boat bank", allowed={pie.id}) == ["pie.md"]
        assert found(index, dense, "river boat bank", allowed=set()) == []
        asked = dense.ranking("tea bread garden", "en", None, 10, role="assistant")
        assert "Tea" in index.passages([asked[0][0]])[0].text
        watched.texts.clear()
        (notes / "pie.md").rename(notes / "Folder" / "cake.md")
        (notes / "copy.md").write_text(NOTES["Folder/engine.md"], encoding="utf-8")
        (notes / "river.md").unlink()
        index.update()
        assert watched.texts == []  # nor is anything embedded again here
        assert found(index, dense, "apple pie")[0] == "Folder/cake.md"
        assert "river.md" not in found(index, dense, "river boat bank")
        assert {"copy.md", "Folder/engine.md"} <= set(found(index, dense, "engine memory speed"))
        engine = index.note("copy.md")
        assert engine
        assert found(index, dense, "engine memory speed", allowed={engine.id}) == ["copy.md"]
        assert client.count(collection(home)).count == index.passage_count() - 1  # the copy shares a point


@pytest.mark.filterwarnings("ignore:.*local Qdrant:UserWarning")
def test_moving_there_and_back_embeds_nothing(tmp_path: Path, notes: Path, model: Path, client: Any) -> None:
    home = tmp_path / "home"
    watched = Watched()
    for url in ("", URL, ""):
        dense = leg(home, model, client, watched, url)
        with Index.open(notes, home, Settings(workers=1), dense) as index:
            index.update()
            let_in(home, "en")
            assert found(index, dense, "river boat bank")[0] == "river.md"
            assert dense.status()["place"] == (url or str(home / "vectors"))
    passages = [text for text in watched.texts if "oven for the cat" in text]
    assert len(passages) == 1


@pytest.mark.filterwarnings("ignore:.*local Qdrant:UserWarning")
def test_rare_words_weigh_more_in_the_sparse_vectors(client: Any) -> None:
    vectors = QdrantVectors(client, "words", 4, write=True)
    texts = ["common word here", "common word there", "common thing", "common rare thing"]
    keys = [bytes([n]) * 16 for n in range(4)]
    table = Table(np.zeros(4, Table().rows.dtype))
    for n, key in enumerate(keys):
        table.rows["id"][n] = table.rows["note"][n] = n + 1
        table.rows["high"][n], table.rows["low"][n] = np.frombuffer(key, "<u8")
    near = np.array(
        [[1, 0, 0, 0], [0.1, 1, 0, 0], [0.2, 1, 0, 0], [0.9, 1, 0, 0]], np.float32
    )  # by meaning: 1, 4, 3, 2
    vectors.add(keys, near, texts, table)
    assert len(vectors) == 4
    assert vectors.missing([*keys, b"x" * 16]) == [b"x" * 16]
    assert np.allclose(vectors.of(keys[:1]), near[:1], atol=1e-6)
    assert vectors.search(near[0], "common rare", 4, table, Allowed())[0][0] == 4
    vectors.settle(Table(table.rows[:2]), None)
    assert len(vectors) == 2
    vectors.remove()
    with pytest.raises(NotecError, match="no collection"):
        QdrantVectors(client, "words", 4, write=False)


def test_a_server_that_is_away_is_a_finding(tmp_path: Path, notes: Path, model: Path) -> None:
    home = tmp_path / "home"
    client = open_client("http://127.0.0.1:9")
    with Index.open(notes, home, Settings(workers=1), leg(home, model, client)) as index:
        said = [d for d in index.update().diagnostics if d.code == "vectors-failed"]
        assert "Qdrant" in said[0].message
        assert index.search("apple pie")[0].note == "pie.md"
    client.close()


def test_only_the_users_own_server_is_spoken_to() -> None:
    with pytest.raises(NotecError, match="not this machine"):
        open_client("https://cloud.example.com:6333")
