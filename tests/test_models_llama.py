"""A GGUF model in this process: real files, the real engine, random weights."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from notec.core import NotecError
from notec.models import LlamaModel, Message, Request, Settings
from notec.models.llama_header import fingerprint, read_scalars
from tiny_gguf import decoder

pytest.importorskip("xllamacpp")

SCHEMA = {
    "type": "object",
    "properties": {
        "ids": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 9}, "maxItems": 3},
        "sure": {"type": "boolean"},
    },
    "required": ["ids", "sure"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return decoder(tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture(scope="module")
def model(file: Path) -> LlamaModel:
    return LlamaModel(file)


def ask(text: str = "Say something", limit: int = 12, **more: object) -> Request:
    settings = Settings(max_tokens=limit, temperature=1.0, seed=int(more.pop("seed", 0)))  # type: ignore[call-overload]
    return Request((Message("system", "Be brief."), Message("user", text)), settings=settings, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
def test_a_schema_holds_whatever_the_weights_say(model: LlamaModel, seed: int) -> None:
    reply = model.reply(ask(limit=400, schema=SCHEMA, seed=seed)).value
    assert reply.finish == "stop"
    found = json.loads(reply.text)
    assert set(found) == {"ids", "sure"}
    assert len(found["ids"]) <= 3


def test_a_choice_is_one_of_the_choices(model: LlamaModel) -> None:
    choices = ("да", 'a "quoted" one', "s1")
    seen = {model.reply(ask(limit=40, choices=choices, seed=seed)).value.text for seed in range(6)}
    assert seen <= set(choices)
    assert len(seen) > 1


def test_text_comes_in_pieces_and_can_be_stopped(model: LlamaModel) -> None:
    pieces: list[str] = []
    whole = model.reply(ask(limit=40), on_text=pieces.append).value
    assert "".join(pieces) == whole.written
    assert whole.finish == "length"
    assert whole.completion_tokens == 40
    assert whole.prompt_tokens > 20
    pieces.clear()
    outcome = model.reply(ask(limit=400), on_text=pieces.append, cancel=lambda: len(pieces) >= 3)
    assert outcome.value.finish == "cancelled"
    assert 3 <= len(pieces) < 40
    assert [d.code for d in outcome.diagnostics if d.code == "reply-cancelled"]
    assert model.reply(ask(limit=3)).value.finish == "length"  # and it answers again afterwards


def test_an_error_of_the_caller_comes_back_to_the_caller(model: LlamaModel) -> None:
    def fail(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.reply(ask(), on_text=fail)


def test_the_same_seed_gives_the_same_text_and_a_prefix_is_continued(model: LlamaModel) -> None:
    first, again = (model.reply(ask(limit=20)).value.text for _ in range(2))
    assert first == again
    assert model.supports_prefix
    continued = model.reply(ask(limit=4, prefix="The answer")).value
    assert continued.finish == "length"


def test_a_prompt_that_is_too_long_is_an_error_with_a_way_out(model: LlamaModel) -> None:
    with pytest.raises(NotecError, match="context") as error:
        model.reply(ask("word " * 1000))
    assert "less context" in error.value.hint


def test_a_model_without_a_template_answers_too(tmp_path: Path) -> None:
    bare = LlamaModel(decoder(tmp_path / "bare.gguf", template=""), context=300)
    assert bare.context == 300
    assert bare.reply(ask(limit=3)).value.finish == "length"
    bare.close()


def test_what_is_no_model_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "note.gguf").write_text("# A note")
    with pytest.raises(NotecError, match="no whole GGUF file"):
        LlamaModel(tmp_path / "note.gguf")
    with pytest.raises(NotecError, match="cannot be read"):
        LlamaModel(tmp_path / "nothing.gguf")
    whole = decoder(tmp_path / "whole.gguf").read_bytes()
    (tmp_path / "cut.gguf").write_bytes(whole[:20_000])
    with pytest.raises(NotecError, match="cannot load it"):
        LlamaModel(tmp_path / "cut.gguf").reply(ask())


def test_a_header_cut_anywhere_is_an_error_and_never_a_crash(tmp_path: Path, file: Path) -> None:
    data = file.read_bytes()
    for size in (0, 3, 4, 10, 24, 60, 100, 700, 2000):
        (tmp_path / "cut.gguf").write_bytes(data[:size])
        with pytest.raises(NotecError):
            read_scalars(tmp_path / "cut.gguf")
    (tmp_path / "huge.gguf").write_bytes(data[:24] + b"\xff" * 64)
    with pytest.raises(NotecError):
        read_scalars(tmp_path / "huge.gguf")


def test_the_fingerprint_names_the_weights(tmp_path: Path, file: Path) -> None:
    same = decoder(tmp_path / "same.gguf")
    other = decoder(tmp_path / "other.gguf", seed=1)
    assert fingerprint(same) == fingerprint(file) != fingerprint(other)
    assert LlamaModel(file).fingerprint != LlamaModel(file, context=100).fingerprint


def test_importing_the_door_loads_no_engine() -> None:
    code = "import notec.models, sys; notec.models.Scripted; assert 'xllamacpp' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
