"""Saved states of long beginnings: restored they give the same answer, and damage never gives a wrong one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from notec.core import NotecError
from notec.engine.adapters import Order
from notec.engine.endpoint import Capabilities, Endpoint
from notec.engine.prefix import PrefixStore, beginning
from openai_server import OpenAIServer
from tiny_gguf import decoder

LONG = [
    {"role": "system", "content": "Answer from the notes alone."},
    {"role": "user", "content": "The river bank. Деньги в банке. " * 12},
]


@pytest.fixture
def store(tmp_path: Path) -> PrefixStore:
    return PrefixStore(tmp_path / "states")


@pytest.fixture
def engine(tmp_path: Path, store: PrefixStore) -> Iterator[Callable[..., Endpoint]]:
    """Starts engines of the same model, each knowing nothing."""
    pytest.importorskip("xllamacpp")
    from notec.engine.embedded import EmbeddedServer

    model = decoder(tmp_path / "tiny.gguf", context=2048)
    running = []

    def start(**more: Any) -> Endpoint:
        order = replace(Order(str(model), context=2048, threads=1, slots=str(store.folder)), **more)
        running.append(EmbeddedServer(order))
        return running[-1].endpoint

    yield start
    for server in running:
        server.close()


def ask(endpoint: Endpoint, question: str) -> tuple[str, int]:
    """The answer, and how many tokens of the prompt were known."""
    *before, last = LONG
    messages = [*before, {**last, "content": last["content"] + question}]
    body = {"messages": messages, "max_tokens": 12, "temperature": 0, "ignore_eos": True}
    reply = endpoint.post("chat/completions", body, 60)
    return reply["choices"][0]["message"]["content"], reply["usage"]["prompt_tokens_details"]["cached_tokens"]


def test_a_restored_beginning_is_known_and_gives_the_same_answer(
    engine: Callable[..., Endpoint], store: PrefixStore
) -> None:
    first = engine()
    warmed = store.warm(first, LONG)
    assert (warmed.restored, warmed.saved) == (False, True)
    computed, known = ask(first, "\n\nWho is it?")
    assert known >= warmed.tokens - 1
    second = engine()
    again = store.warm(second, LONG)
    assert (again.restored, again.tokens) == (True, warmed.tokens)
    restored, known = ask(second, "\n\nWho is it?")
    assert known >= warmed.tokens - 1
    assert restored == computed
    assert ask(engine(), "\n\nWho is it?") == (computed, 0)


def test_any_way_to_go_on_shares_the_beginning(engine: Callable[..., Endpoint], store: PrefixStore) -> None:
    endpoint = engine()
    warmed = store.warm(endpoint, LONG)
    for question in (" a", "x", "\n\nКто?", "!"):
        assert ask(endpoint, question)[1] >= warmed.tokens - 1


@pytest.mark.parametrize(
    "change",
    [{"kv_type": "bf16"}, {"name": "other"}],
    ids=["another cache type", "another name"],
)
def test_another_engine_or_model_does_not_take_it(
    engine: Callable[..., Endpoint], store: PrefixStore, change: dict[str, Any]
) -> None:
    store.warm(engine(), LONG)
    assert not store.warm(engine(**change), LONG).restored


def test_another_build_does_not_take_it(engine: Callable[..., Endpoint], store: PrefixStore) -> None:
    endpoint = engine()
    store.warm(endpoint, LONG)
    newer = replace(endpoint, fingerprint=endpoint.fingerprint + "x")
    assert not store.warm(newer, LONG).restored
    assert store.warm(endpoint, LONG).restored


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1000]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\0" * path.stat().st_size),
        lambda path: path.write_bytes(os.urandom(path.stat().st_size)),
        lambda path: path.with_suffix(".json").write_text("{"),
        lambda path: path.with_suffix(".json").unlink(),
        lambda path: path.unlink(),
    ],
    ids=["cut", "empty", "zeros", "random", "broken note", "no note", "gone"],
)
def test_a_damaged_state_is_computed_again(
    engine: Callable[..., Endpoint], store: PrefixStore, damage: Callable[[Path], Any]
) -> None:
    endpoint = engine()
    store.warm(endpoint, LONG)
    computed = ask(endpoint, "?")[0]
    damage(next(store.folder.glob("*.kv")))
    fresh = engine()
    warmed = store.warm(fresh, LONG)
    assert (warmed.restored, warmed.saved) == (False, True)
    assert ask(fresh, "?")[0] == computed
    assert store.warm(engine(), LONG).restored


def test_a_state_of_a_wrong_format_under_the_right_name(
    engine: Callable[..., Endpoint], store: PrefixStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where its digest is right the engine's own checks are heard."""
    from notec.engine import prefix

    store.warm(engine(), LONG)
    path = next(store.folder.glob("*.kv"))
    path.write_bytes(b"nonsense" * 1000)
    monkeypatch.setattr(prefix, "sampled_digest", lambda files: "same")
    path.with_suffix(".json").write_text('{"digest": "same"}')
    assert not store.warm(engine(), LONG).restored


def test_the_folder_stays_below_its_limit(engine: Callable[..., Endpoint], store: PrefixStore) -> None:
    endpoint = engine()
    notes = [[{"role": "user", "content": f"note {i}: " + "word " * 60}] for i in range(5)]
    store.warm(endpoint, notes[0])
    store.limit = int(store.size() * 2.5)
    for i, note in enumerate(notes[1:], 1):
        os.utime(next(iter(sorted(store.folder.glob("*.kv")))), (i, i))
        store.warm(endpoint, note)
        assert store.size() <= store.limit
    assert store.warm(endpoint, notes[-1]).restored
    store.limit = 10
    assert not store.warm(endpoint, [{"role": "user", "content": "another note"}]).saved
    assert store.size() == 0


def test_a_folder_that_cannot_be_written_costs_the_saving_alone(
    engine: Callable[..., Endpoint], store: PrefixStore
) -> None:
    endpoint = engine()
    store.folder.rename(store.folder.with_name("moved"))
    warmed = store.warm(endpoint, LONG)
    assert (warmed.restored, warmed.saved) == (False, False)
    assert ask(endpoint, "?")[1] >= warmed.tokens - 1


def test_an_engine_without_states_says_so(store: PrefixStore) -> None:
    with OpenAIServer() as server:
        with pytest.raises(NotecError, match="cannot save the state"):
            store.warm(Endpoint(f"{server.url}/v1"), LONG)
        can = Endpoint(f"{server.url}/v1", capabilities=Capabilities(slots=True))
        with pytest.raises(NotecError, match="not known which model"):
            store.warm(can, LONG)
    with pytest.raises(NotecError, match="no messages"):
        beginning(can, [])
