"""A model's identity: the same for the same weights wherever they lie, another for any other."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.core import NotecError
from notec.engine import fingerprint as module
from notec.engine.adapters import Lora, Order
from notec.engine.fingerprint import fingerprint, model_files, model_id
from tiny_gguf import decoder


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    return decoder(tmp_path / "tiny.gguf")


def test_place_name_and_time_do_not_matter(gguf: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "other-name.gguf"
    copy.parent.mkdir()
    copy.write_bytes(gguf.read_bytes())
    os.utime(copy, (1, 1))
    assert model_id(copy) == model_id(gguf)
    assert model_id(decoder(tmp_path / "second.gguf", seed=1)) != model_id(gguf)


def test_a_file_that_changed_is_read_again(gguf: Path) -> None:
    before = model_id(gguf)
    raw = bytearray(gguf.read_bytes())
    raw[-1] ^= 1
    gguf.write_bytes(raw)
    os.utime(gguf, (1, 1))
    assert model_id(gguf) != before


@given(st.data())
def test_weights_beyond_the_head_are_sampled(data: st.DataObject) -> None:
    """Any change of one byte in fifty is noticed in a file of which most is not read."""
    import tempfile

    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(module, "_HEAD", 1000)
        patch.setattr(module, "_BLOCK", 100)
        patch.setattr(module, "_BLOCKS", 16)
        path = Path(folder, "big.gguf")
        raw = bytearray(os.urandom(20_000))
        path.write_bytes(raw)
        before = model_id(path)
        for at in range(data.draw(st.integers(0, 49)), len(raw), 50):
            raw[at] ^= 0xFF
        path.write_bytes(raw)
        os.utime(path, (1, 1))
        assert model_id(path) != before
        path.write_bytes(raw + b"x")
        assert model_id(path) != before


def test_all_shards_count_and_a_folder_of_safetensors(tmp_path: Path) -> None:
    shards = [tmp_path / f"m-0000{i}-of-00003.gguf" for i in (1, 2, 3)]
    for i, shard in enumerate(shards):
        shard.write_bytes(bytes([i]) * 100)
    (tmp_path / "other-00001-of-00003.gguf").write_bytes(b"other")
    assert model_files(shards[0]) == shards
    before = model_id(shards[0])
    shards[2].write_bytes(b"z" * 100)
    assert model_id(shards[0]) != before
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(NotecError, match="no safetensors in this folder"):
        model_id(folder)
    (folder / "model.safetensors").write_bytes(b"w" * 100)
    before = model_id(folder)
    (folder / "config.json").write_text("{}")
    assert model_id(folder) != before
    (folder / "README.md").write_text("changed")
    assert model_id(folder) == model_id(folder)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotecError, match="no such file"):
        model_id(tmp_path / "nothing.gguf")


@pytest.mark.parametrize(
    "change",
    [{"kv_type": "q8_0"}, {"lookup": True}, {"draft": "draft"}, {"loras": "lora"}, {"extra": ("--x",)}],
    ids=lambda change: next(iter(change)),
)
def test_everything_that_can_change_a_reply_changes_it(
    gguf: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    other = decoder(tmp_path / "other.gguf", seed=2)
    if "draft" in change:
        change = {"draft": str(other)}
    if "loras" in change:
        change = {"loras": (Lora("legal", str(other)),)}
    order = Order(str(gguf))
    assert fingerprint(replace(order, **change), "embedded") != fingerprint(order, "embedded")


def test_the_engines_build_counts_and_where_it_listens_does_not(gguf: Path, tmp_path: Path) -> None:
    program = tmp_path / "llama-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    order = Order(str(gguf), binary=str(program))
    before = fingerprint(order, "llama.cpp")
    assert before.startswith("llama.cpp-")
    assert fingerprint(replace(order, threads=3, context=77), "llama.cpp") == before
    program.write_text("#!/bin/sh\n# another build\n")
    assert fingerprint(order, "llama.cpp") != before
    assert fingerprint(order, "embedded") != fingerprint(order, "llama.cpp")


def test_a_large_file_takes_no_time_by_its_size(tmp_path: Path) -> None:
    """300 GB of holes: only the head and the samples are read, or this would never end."""
    path = tmp_path / "giant.gguf"
    with path.open("wb") as file:
        file.truncate(300 * 10**9)
    assert len(model_id(path)) == 32
