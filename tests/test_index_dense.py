"""Vectors beside the full text: kept up to date, gated by what they gain, and never in the way."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from notec.facts.words import Analyzer
from notec.index import Index, Settings
from notec.index.dense import Dense, open_place
from notec.index.dense_gate import measure, probes
from notec.index.dense_table import Allowed, Table
from notec.models.embed import Embedder, open_embedder
from tiny_gguf import embedder

pytest.importorskip("xllamacpp")

NOTES = {
    "river.md": "---\ntags: [water/fresh]\ncreated: 2025-01-05\n---\n"
    "# River\n\nA boat on the river bank at winter.\n",
    "pie.md": "---\ntags: [food]\ncreated: 2025-03-05\n---\n"
    "# Pie\n\nBake an apple pie in the oven for the cat.\n",
    "Folder/engine.md": "# Engine\n\nThe plan of the engine: memory, speed and model.\n",
    "zima.md": "# Зима\n\nЛодка у реки, и сад под снегом.\n",
    "chat.md": (
        ">[!nexus_user] **User** - 28.07.2025 at 12:33\n> The garden in summer, and a dog.\n\n"
        ">[!nexus_agent] **Agent** - 28.07.2025 at 12:34\n> Tea and bread in the garden.\n"
    ),
}


class Watched:
    """Opens embedders, and counts what they were asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, spec: str) -> Embedder:
        real = open_embedder(spec)
        encode = real.encoder.encode

        def counted(texts: Sequence[str], cancel: Any = None) -> Any:
            self.texts += texts
            return encode(texts, cancel)

        real.encoder.encode = counted  # type: ignore[method-assign]
        return real


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return embedder(tmp_path / "model.gguf", width=32)


@pytest.fixture
def notes(vault: Path) -> Path:
    for name, text in NOTES.items():
        (vault / name).parent.mkdir(exist_ok=True)
        (vault / name).write_text(text, encoding="utf-8")
    return vault


def no_server(url: str) -> Any:
    raise AssertionError(f"no server is meant: {url}")


def leg(home: Path, model: Path | str, opener: Any = open_embedder) -> Dense:
    return Dense(home, str(model), opener, partial(open_place, client=no_server))


def indexed(vault: Path, home: Path, dense: Dense | None, **more: Any) -> Index:
    index = Index.open(vault, home, Settings(workers=1), dense)
    index.update(**more)
    return index


def let_in(home: Path, *languages: str) -> None:
    """Open the gate for languages, whatever was measured on so few notes."""
    for file in (home / "vectors").glob("*/set.json"):
        said = json.loads(file.read_bytes())
        for name in languages:
            said["verdicts"][name]["helps"] = True
        file.write_text(json.dumps(said), encoding="utf-8")


def found(index: Index, dense: Dense, query: str, language: str = "en", **more: Any) -> list[str]:
    ids = [p for p, _ in dense.ranking(query, language, more.pop("allowed", None), 10, **more)]
    return [row.note for row in index.passages(ids)]


def test_passages_are_found_by_their_vectors_and_filters_hold(
    tmp_path: Path, notes: Path, model: Path
) -> None:
    home = tmp_path / "home"
    dense = leg(home, model)
    with indexed(notes, home, dense) as index:
        assert found(index, dense, "river boat") == []  # nothing is measured on so little
        let_in(home, "en", "ru")
        assert found(index, dense, "river boat bank")[0] == "river.md"
        assert found(index, dense, "apple pie")[0] == "pie.md"
        assert set(found(index, dense, "river boat bank", note_language="ru")) == {"zima.md"}
        pie = index.note("pie.md")
        assert pie
        assert found(index, dense, "river boat bank", allowed={pie.id}) == ["pie.md"]
        assert found(index, dense, "river boat bank", allowed=set()) == []
        roles = dense.ranking("tea bread garden", "en", None, 10, role="user")
        assert next(iter(index.passages([p for p, _ in roles]))).text.count("summer") == 1
        hits = index.search("boat", filters={"tag": "water"})
        assert [hit.note for hit in hits] == ["river.md"]
        assert index.search("boat", filters={"until": "2025-01-31"})[0].note == "river.md"


def test_nothing_is_embedded_twice(tmp_path: Path, notes: Path, model: Path) -> None:
    home = tmp_path / "home"
    watched = Watched()
    with indexed(notes, home, leg(home, model, watched)):
        pass
    assert any("apple pie" in text for text in watched.texts)
    watched.texts.clear()
    (notes / "pie.md").rename(notes / "Folder" / "cake.md")  # a rename and a move
    (notes / "copy.md").write_text(NOTES["Folder/engine.md"], encoding="utf-8")  # the same words elsewhere
    (notes / "river.md").unlink()
    dense = leg(home, model, watched)
    with indexed(notes, home, dense) as index:
        assert watched.texts == []
        let_in(home, "en")
        assert found(index, dense, "apple pie")[0] == "Folder/cake.md"
        assert "river.md" not in found(index, dense, "river boat bank")
        assert {"copy.md", "Folder/engine.md"} <= set(found(index, dense, "engine memory speed"))
    (notes / "river.md").write_text(NOTES["river.md"], encoding="utf-8")  # and what was gone comes back
    watched.texts.clear()
    with indexed(notes, home, leg(home, model, watched)):
        assert watched.texts == []


def test_a_broken_off_run_goes_on_where_it_was(tmp_path: Path, vault: Path, model: Path) -> None:
    for n in range(60):
        (vault / f"{n}.md").write_text(f"# {n}\n\nThe boat {n} of the river bank.\n", encoding="utf-8")
    home = tmp_path / "home"
    watched = Watched()
    stop = lambda: len(watched.texts) > 30  # noqa: E731
    with indexed(vault, home, leg(home, model, watched), cancel=stop):
        pass
    first = list(watched.texts)
    assert 30 < len(first) < 60
    watched.texts.clear()
    with indexed(vault, home, leg(home, model, watched)):
        pass
    assert not set(first) & {text for text in watched.texts if text.startswith("boat")}
    assert len(Table.read(next((home / "vectors").glob("*/table.npy")))) == 60


def test_another_model_builds_its_set_while_the_old_one_serves(
    tmp_path: Path, notes: Path, model: Path
) -> None:
    home = tmp_path / "home"
    with indexed(notes, home, leg(home, model)):
        let_in(home, "en")
    other = embedder(tmp_path / "other.gguf", seed=5, width=48)
    later = leg(home, other)
    index = Index.open(notes, home, Settings(workers=1), later)
    index.update(cancel=lambda: True)  # broken off: the new set is not whole
    assert later.status()["dimension"] == 32
    assert found(index, later, "apple pie")[0] == "pie.md"
    index.update()
    assert later.status()["dimension"] == 48
    assert len([f for f in (home / "vectors").iterdir() if f.is_dir()]) == 1
    let_in(home, "en")
    assert found(index, later, "apple pie")[0] == "pie.md"
    index.close()


def test_a_model_that_fails_is_a_finding_and_search_goes_on(tmp_path: Path, notes: Path, model: Path) -> None:
    home = tmp_path / "home"
    for bad in (
        tmp_path / "nothing.gguf",
        embedder(tmp_path / "nan.gguf", broken=True),
        "http://127.0.0.1:9#m",
    ):
        index = Index.open(notes, home, Settings(workers=1), leg(home, bad))
        report = index.update()
        assert [d.code for d in report.diagnostics if d.code == "vectors-failed"], bad
        assert index.search("apple pie")[0].note == "pie.md"
        index.close()
    with indexed(notes, home, leg(home, model)):
        let_in(home, "en")
    model.unlink()
    dense = leg(home, model)
    with Index.open(notes, home, Settings(workers=1), dense) as index:
        assert index.search("apple pie")[0].note == "pie.md"
        assert "no such file" in dense.status()["trouble"]


def test_damage_is_mended_by_the_next_update(tmp_path: Path, notes: Path, model: Path) -> None:
    home = tmp_path / "home"
    for file in ("rows/store.json", "table.npy", "set.json", "../active.json"):
        with indexed(notes, home, leg(home, model)):
            let_in(home, "en")
        folder = next(f for f in (home / "vectors").iterdir() if f.is_dir())
        (folder / file).write_bytes(b"{")
        with Index.open(notes, home, Settings(workers=1), leg(home, model)) as index:
            assert index.search("apple pie")[0].note == "pie.md"
        dense = leg(home, model)
        with indexed(notes, home, dense) as index:
            let_in(home, "en")
            assert found(index, dense, "apple pie")[0] == "pie.md"


def corpus(count: int = 60) -> list[str]:
    """Passages of three sentences about one thing each, which share no word."""
    ends = [chr(98 + n // 20) + chr(98 + n % 20) for n in range(count)]
    return [
        f"Alpha{e} beta{e} opens{e} with{e} words{e}. "
        f"Gamma{e} delta{e} epsilon{e} goes{e} on{e}. "
        f"Zeta{e} eta{e} theta{e} at{e} its{e} end{e}."
        for e in ends
    ]


def about(text: str) -> np.ndarray:
    """A model that knows what a text is about: how its words end."""
    seed = int.from_bytes(text.split(maxsplit=1)[0][-2:].encode())
    return np.random.default_rng(seed).standard_normal(16).astype(np.float32)


def noise(text: str) -> np.ndarray:
    return np.random.default_rng(zlib.crc32(text.encode())).standard_normal(16).astype(np.float32)


@pytest.mark.parametrize(("sense", "helps"), [(about, True), (noise, False)])
def test_the_gate_opens_for_a_model_that_helps_and_for_no_other(sense: Any, helps: bool) -> None:
    texts = corpus()
    vectors = np.array([sense(text) for text in texts])
    verdict = measure(
        texts,
        vectors,
        lambda some: np.array([sense(text) for text in some]),
        sense,
        analyzer=Analyzer(),
        passages=60,
    )
    assert verdict.probes >= 60
    assert verdict.helps is helps
    assert ("on" in verdict.words()[:3]) is helps


def test_a_probe_is_taken_out_of_its_passage_and_stands_nowhere_else() -> None:
    texts = [*corpus(10), "Same words in every page of it. Same words in every page of it."]
    asked = probes(texts)
    assert asked
    for number, sentence, rest in asked:
        assert sentence in texts[number]
        assert sentence not in rest
        assert sum(sentence in text for text in texts) == 1


def test_an_empty_vault_has_no_vectors_and_no_trouble(tmp_path: Path, vault: Path, model: Path) -> None:
    dense = leg(tmp_path / "home", model)
    with indexed(vault, tmp_path / "home", dense) as index:
        assert index.search("anything") == []
        assert dense.status()["passages"] == 0
    assert Table().mask(Allowed({1})).shape == (0,)
