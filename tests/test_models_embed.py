"""Embedders: GGUF and ONNX files and a server, by real engines on files that are made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from notec.core import NotecError
from notec.models.embed import open_embedder
from notec.models.embed_prefixes import Prefixes, prefixes
from notec.models.transport import CancelledError
from openai_server import Answer, OpenAIServer, Seen
from tiny_gguf import decoder, embedder
from tiny_onnx import onnx_folder


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def served(vector: Any = None, longest: int = 10_000) -> Any:
    """A server of embeddings: texts with the same letters are alike."""

    def play(seen: Seen) -> Answer:
        if seen.method == "GET":
            return Answer(
                [json.dumps({"data": [{"id": "tiny-e5"}]}).encode()], content_type="application/json"
            )
        texts = seen.body["input"]
        if max(map(len, texts)) > longest:
            said = {"error": {"message": "input is too large to process"}}
            return Answer([json.dumps(said).encode()], status=400, content_type="application/json")
        rows = [
            {"index": n, "embedding": vector or [float(text.count(c)) + 0.01 for c in "abcdefgh"]}
            for n, text in enumerate(texts)
        ]
        return Answer([json.dumps({"data": rows[::-1]}).encode()], content_type="application/json")

    return play


@pytest.fixture(params=["gguf", "onnx"])
def model_path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "gguf":
        pytest.importorskip("xllamacpp")
        return embedder(tmp_path / "tiny.gguf")
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tokenizers")
    return onnx_folder(tmp_path / "tiny")


def test_texts_that_share_words_are_alike(model_path: Path) -> None:
    model = open_embedder(str(model_path))
    bank, boat, pie = model.passages(["river bank", "river boat", "apple pie"])
    assert model.dimension == len(bank) == 32
    assert cosine(bank, boat) > cosine(bank, pie) + 0.1
    assert cosine(model.query("river bank"), bank) == pytest.approx(1, abs=1e-4)
    alone = model.passages(["river boat"])[0]
    assert cosine(alone, boat) == pytest.approx(1, abs=1e-3)  # whatever it was embedded with
    model.close()
    assert cosine(model.passages(["river boat"])[0], alone) == pytest.approx(1, abs=1e-4)


def test_what_is_longer_than_the_context_is_the_mean_of_its_windows(model_path: Path) -> None:
    model = open_embedder(str(model_path))
    long, short = model.passages(["river bank money boat " * 200, "river bank money boat"])
    assert np.isfinite(long).all()
    assert cosine(long, short) > 0.8


def test_empty_texts_and_odd_ones_have_vectors(model_path: Path) -> None:
    model = open_embedder(str(model_path))
    found = model.passages(["", " ", "\n", "🦊", "зима\0", "\ud800".encode("utf-8", "replace").decode()])
    assert found.shape == (6, 32)
    assert model.passages([]).shape == (0, 32)


def test_a_cancel_is_heard(model_path: Path) -> None:
    with pytest.raises(CancelledError):
        open_embedder(str(model_path)).passages(["river"], cancel=lambda: True)


def test_the_fingerprint_changes_with_the_weights_and_not_with_the_place(tmp_path: Path) -> None:
    first, moved = embedder(tmp_path / "a.gguf"), embedder(tmp_path / "b.gguf")
    other = embedder(tmp_path / "c.gguf", seed=1)
    prints = [open_embedder(str(p)).fingerprint for p in (first, moved, other)]
    assert prints[0] == prints[1] != prints[2]


def test_a_damaged_model_is_an_error_with_its_name(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    bad = open_embedder(str(embedder(tmp_path / "bad.gguf", broken=True)))
    with pytest.raises(NotecError, match="vectors that are none"):
        bad.passages(["river"])
    data = embedder(tmp_path / "cut.gguf").read_bytes()
    (tmp_path / "cut.gguf").write_bytes(data[: len(data) // 2])
    with pytest.raises(NotecError, match="cannot load it"):
        open_embedder(str(tmp_path / "cut.gguf")).passages(["river"])


def test_a_decoder_embeds_by_its_last_token(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    model = open_embedder(str(decoder(tmp_path / "decoder.gguf")))
    assert model.passages(["river bank"]).shape == (1, 32)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: p / "nothing.gguf", "no such file"),
        (lambda p: p, "no model in the folder"),
        (lambda p: _file(p / "model.bin"), "neither a GGUF nor an ONNX"),
        (lambda p: _file(p / "w" / "model.safetensors").parent, "PyTorch"),
        (lambda p: _file(p / "o" / "model.onnx").parent, "tokenizer.json"),
        (
            lambda p: _file(p / "t" / "a.gguf").parent / ("x" if _file(p / "t" / "b.gguf") is None else ""),
            "2 models",
        ),
        (lambda p: _file(p / "page.gguf"), "no whole GGUF"),
    ],
)
def test_what_is_no_embedder_is_said_with_a_way_out(tmp_path: Path, make: Any, said: str) -> None:
    with pytest.raises(NotecError, match=said) as error:
        open_embedder(str(make(tmp_path)))
    assert error.value.hint


def _file(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"something else")
    return path


def test_pooling_length_and_prompts_are_read_from_the_folder(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tokenizers")
    mean = open_embedder(str(onnx_folder(tmp_path / "mean"))).passages(["river bank"])[0]
    first = open_embedder(str(onnx_folder(tmp_path / "cls", pooling="cls"))).passages(["river bank"])[0]
    river = open_embedder(str(onnx_folder(tmp_path / "one", pooling="cls"))).passages(["river"])[0]
    assert cosine(first, river) == pytest.approx(1, abs=1e-5)
    assert cosine(first, mean) < 0.999
    asked = onnx_folder(tmp_path / "asked", prompts={"query": "money ", "document": "boat "})
    model = open_embedder(str(asked))
    bare = open_embedder(str(onnx_folder(tmp_path / "bare")))
    assert cosine(model.query("river"), bare.query("money river")) == pytest.approx(1, abs=1e-5)
    assert cosine(model.passages(["river"])[0], bare.query("boat river")) == pytest.approx(1, abs=1e-5)
    broken = onnx_folder(tmp_path / "broken")
    (broken / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(NotecError, match="cannot be loaded"):
        open_embedder(str(broken)).passages(["river"])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("intfloat/multilingual-e5-small", Prefixes("query: ", "passage: ")),
        ("multilingual_e5_base Q8_0", Prefixes("query: ", "passage: ")),
        ("bge-m3", Prefixes()),
        ("all-MiniLM-L6-v2", Prefixes()),
        ("FRIDA", Prefixes("search_query: ", "search_document: ")),
        ("nomic-embed-text-v1.5", Prefixes("search_query: ", "search_document: ")),
    ],
)
def test_families_have_their_prefixes(name: str, wanted: Prefixes) -> None:
    assert prefixes(name) == wanted
    assert prefixes("bge-small-en-v1.5").query.startswith("Represent this")
    assert prefixes("Qwen3-Embedding-0.6B").passage == ""


def test_a_server_embeds_and_its_order_is_read(tmp_path: Path) -> None:
    with OpenAIServer(embed=served(longest=300), models=("tiny-e5",)) as server:
        model = open_embedder(server.url)
        a, b = model.passages(["aaaa", "bbbb"])
        assert a[0] > b[0]
        assert model.name == "tiny-e5"
        inputs = [seen.body["input"] for seen in server.seen if seen.method == "POST"]
        assert inputs == [["passage: aaaa", "passage: bbbb"]]
        long = model.passages(["abc " * 100])  # refused, and then sent in windows
        assert cosine(long[0], model.passages(["abc"])[0]) > 0.5


def test_a_server_that_is_no_server_of_embeddings() -> None:
    odd = Answer([b'{"data": [{"embedding": ["x"]}]}'], content_type="application/json")
    with OpenAIServer(embed=odd) as server, pytest.raises(NotecError, match="server of embeddings"):
        open_embedder(f"{server.url}#name").passages(["a"])
    with OpenAIServer(embed=served([float("nan")] * 4)) as server, pytest.raises(NotecError, match="none"):
        open_embedder(f"{server.url}#name").passages(["a"])
    with pytest.raises(NotecError, match="not this machine"):
        open_embedder("https://api.example.com/v1#m")
    assert open_embedder("http://127.0.0.1:9#m").fingerprint  # nothing is asked for it
