"""Fetching a model from a mirror on loopback: cut connections, wrong sums, choices, and nothing beyond."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from mirror import COMMIT, Mirror
from notec.core import NotecError

pytest.importorskip("huggingface_hub")

from notec.engine import get
from notec.engine.get import fetch, offer

GGUF = os.urandom(400_000)
FOLDER_FILES = {
    "config.json": b'{"model_type": "qwen3"}',
    "model-00001-of-00002.safetensors": os.urandom(5_000),
    "model-00002-of-00002.safetensors": os.urandom(6_000),
    "model.safetensors.index.json": b"{}",
    "tokenizer.json": b"{}",
    "pytorch_model.bin": b"x" * 9_000,
    "onnx/model.onnx": b"x" * 9_000,
    "README.md": b"hello",
}


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write to the disk often, and ask again at once."""
    from huggingface_hub import constants, file_download

    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 16_384)
    monkeypatch.setattr(file_download.time, "sleep", lambda seconds: None)
    monkeypatch.delenv("HF_TOKEN", raising=False)


def one(content: bytes = GGUF) -> dict[str, bytes]:
    return {"m-Q4_K_M.gguf": content}


def test_an_offer_says_everything_and_fetches_nothing(tmp_path: Path) -> None:
    with Mirror({**one(), "README.md": b"hello"}) as mirror:
        found = offer("owner/name", folder=tmp_path, endpoint=mirror.url)
        assert all(path.startswith("/api/models/") for _, path, _ in mirror.seen)
    assert found.host == mirror.url.removeprefix("http://")
    assert (found.repository, found.commit, found.licence) == ("owner/name", COMMIT, "apache-2.0")
    assert [(file.name, file.size) for file in found.files] == [("m-Q4_K_M.gguf", 400_000)]
    assert (found.size, found.missing) == (400_000, 400_000)
    assert list(tmp_path.iterdir()) == []


def test_a_file_arrives_whole_with_progress(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    with Mirror(one()) as mirror:
        paths = fetch(
            offer("owner/name", folder=tmp_path, endpoint=mirror.url), lambda *step: told.append(step)
        )
    assert paths == (tmp_path / "owner" / "name" / "m-Q4_K_M.gguf",)
    assert paths[0].read_bytes() == GGUF
    assert told[-1] == ("m-Q4_K_M.gguf", 400_000, 400_000)
    assert len(told) > 5
    assert [here for _, here, _ in told] == sorted(here for _, here, _ in told)


def test_a_cut_connection_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with Mirror(one(), cuts={"m-Q4_K_M.gguf": [150_000, 100_000]}) as mirror:
        paths = fetch(offer("owner/name", folder=tmp_path, endpoint=mirror.url))
        asked = mirror.downloads("m-Q4_K_M.gguf")
    assert paths[0].read_bytes() == GGUF
    starts = [int(text.removeprefix("bytes=").rstrip("-") or 0) for text in asked]
    assert starts[0] == 0
    assert starts[1] > 100_000
    assert starts[2] > starts[1]


def test_a_command_that_failed_goes_on_the_next_time(tmp_path: Path) -> None:
    with Mirror(one(), cuts={"m-Q4_K_M.gguf": [100_000] + [0] * 20}) as mirror:
        found = offer("owner/name", folder=tmp_path, endpoint=mirror.url)
        with pytest.raises(NotecError) as raised:
            fetch(found)
        assert "goes on where this one stopped" in raised.value.hint
        assert not (found.folder / "m-Q4_K_M.gguf").exists()
        mirror.cuts.clear()
        mirror.seen.clear()
        paths = fetch(offer("owner/name", folder=tmp_path, endpoint=mirror.url))
        first = mirror.downloads("m-Q4_K_M.gguf")[0]
    assert paths[0].read_bytes() == GGUF
    assert int(first.removeprefix("bytes=").rstrip("-")) > 50_000


def test_what_is_here_already_is_not_fetched_again(tmp_path: Path) -> None:
    with Mirror(one()) as mirror:
        fetch(offer("owner/name", folder=tmp_path, endpoint=mirror.url))
        again = offer("owner/name", folder=tmp_path, endpoint=mirror.url)
        assert again.missing == 0
        fetch(again)
        assert len(mirror.downloads("m-Q4_K_M.gguf")) == 1


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[::-1], lambda raw: raw[:-1] + b"\0"], ids=["other", "one byte"]
)
def test_a_wrong_sum_is_fetched_once_more(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    with Mirror(one(), lies={"m-Q4_K_M.gguf": [damage(GGUF)]}) as mirror:
        paths = fetch(offer("owner/name", folder=tmp_path, endpoint=mirror.url))
    assert paths[0].read_bytes() == GGUF


def test_a_sum_that_stays_wrong_leaves_no_file(tmp_path: Path) -> None:
    with Mirror(one(), lies={"m-Q4_K_M.gguf": [GGUF[::-1]] * 9}) as mirror:
        found = offer("owner/name", folder=tmp_path, endpoint=mirror.url)
        with pytest.raises(NotecError, match="checksum is wrong"):
            fetch(found)
    assert not (found.folder / "m-Q4_K_M.gguf").exists()


def test_a_small_file_is_checked_by_gits_hash(tmp_path: Path) -> None:
    lies = {"config.json": [b'{"model_type": "qwen4"}'] * 9}
    with Mirror(FOLDER_FILES, lies=lies) as mirror:
        found = offer("owner/name", folder=tmp_path, endpoint=mirror.url)
        with pytest.raises(NotecError, match=r"config\.json: its checksum is wrong"):
            fetch(found)


def test_a_damaged_file_on_the_disk_is_fetched_again(tmp_path: Path) -> None:
    with Mirror(one()) as mirror:
        path = fetch(offer("owner/name", folder=tmp_path, endpoint=mirror.url))[0]
        path.write_bytes(GGUF[:-5] + b"wrong")
        assert fetch(offer("owner/name", folder=tmp_path, endpoint=mirror.url))[0].read_bytes() == GGUF


def test_of_several_quantisations_one_has_to_be_named(tmp_path: Path) -> None:
    files = {**one(), "m-Q8_0-00001-of-00002.gguf": b"a" * 10, "m-Q8_0-00002-of-00002.gguf": b"b" * 10}
    with Mirror(files) as mirror:
        with pytest.raises(NotecError, match="2 quantisations") as raised:
            offer("owner/name", folder=tmp_path, endpoint=mirror.url)
        assert "m-Q8_0 " in raised.value.hint
        found = offer("owner/name", ["q8_0"], folder=tmp_path, endpoint=mirror.url)
        assert [file.name for file in found.files] == [name for name in files if "Q8_0" in name]
        with pytest.raises(NotecError, match="no file like Q2_K") as raised:
            offer("owner/name", ["Q2_K"], folder=tmp_path, endpoint=mirror.url)
        assert "m-Q4_K_M" in raised.value.hint


def test_of_a_folder_of_safetensors_only_what_is_needed_comes(tmp_path: Path) -> None:
    with Mirror(FOLDER_FILES) as mirror:
        found = offer("owner/name", folder=tmp_path, endpoint=mirror.url)
        fetch(found)
    names = {file.name for file in found.files}
    assert names == set(FOLDER_FILES) - {"pytorch_model.bin", "onnx/model.onnx", "README.md"}


@pytest.mark.parametrize(
    "name", ["../evil.gguf", "/etc/evil.gguf", "a/../../evil.gguf", "c:evil.gguf", "..\\e.gguf"]
)
def test_a_name_that_leaves_the_folder_is_never_taken(name: str, tmp_path: Path) -> None:
    with Mirror({**one(), name: b"evil"}) as mirror:
        found = offer("owner/name", folder=tmp_path / "models", endpoint=mirror.url)
        fetch(found)
    assert [file.name for file in found.files] == ["m-Q4_K_M.gguf"]
    assert [path.name for path in tmp_path.iterdir()] == ["models"]


def test_errors_say_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Mirror(one(), gated=True, card={"license": "other", "license_name": "llama4"}) as mirror:
        with pytest.raises(NotecError, match="has no repository owner/other"):
            offer("owner/other", folder=tmp_path, endpoint=mirror.url)
        found = offer("owner/name", folder=tmp_path, endpoint=mirror.url)
        assert (found.gated, found.licence) == (True, "llama4")
        with pytest.raises(NotecError, match="wants an agreement first"):
            fetch(found)
        monkeypatch.setattr(get.shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
        with pytest.raises(NotecError, match=r"0\.0 GB to fetch, 0\.0 GB free"):
            offer("owner/name", folder=tmp_path, endpoint=mirror.url)
    with pytest.raises(NotecError, match=r"127\.0\.0\.1"):
        offer("owner/name", folder=tmp_path, endpoint=mirror.url)
    for wrong in ("name", "", "a/b/c", "owner/na me", "../../etc"):
        with pytest.raises(NotecError, match="is not a repository"):
            offer(wrong, folder=tmp_path, endpoint=mirror.url)


def test_the_users_key_is_not_sent_to_a_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with Mirror(one()) as mirror:
        fetch(offer("owner/name", folder=tmp_path, endpoint=mirror.url))
        assert not any(mirror.tokens)
