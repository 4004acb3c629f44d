"""Names: models, cards, processors and memory as people write them; and the facts behind them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notec.core import NotecError
from notec.engine.catalogue import entry_in, entry_named, find_model, generic_model, nearest, quant, quants
from notec.engine.facts import table
from notec.engine.hardware import (
    machine_named,
    parse_cpu,
    parse_disk,
    parse_gpus,
    parse_ram,
    platform_for,
    platforms,
)
from notec.engine.values import GB, GIB
from notec.engine.variants import score, scored_models, variants


@pytest.mark.parametrize("name", ["Qwen-3 110B", "Qwen-3 72B", "qwen3-72b", "Qwen/Qwen3-72B"])
def test_names_that_never_existed(name: str) -> None:
    with pytest.raises(NotecError, match=r"no such model: .*; nearest: Qwen") as error:
        find_model(name)
    assert "72B ones are" in error.value.hint or "only 110B" in error.value.hint


def test_nearest_is_near() -> None:
    assert nearest("Qwen3-Coder-480")[0] == "Qwen3-Coder-480B-A35B-Instruct"
    assert nearest("Qwen-3 110B")[0] == "Qwen1.5-110B"
    assert nearest("glm4.7")[0].startswith("GLM-4")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Qwen3 235B A22B Instruct 2507", "Qwen3-235B-A22B-Instruct-2507"),
        ("unsloth/DeepSeek-R1-0528-GGUF", "DeepSeek-R1-0528"),
        ("Meta-Llama-3.1-8B-Instruct", "Llama-3.1-8B"),
        ("gpt-oss-20b", "gpt-oss-20b"),
        ("Qwen3-VL-235B", None),
        ("GLM-4.5-Air-Q4_K_M", "GLM-4.5-Air"),
        ("zai-org/GLM-4.7-FP8", "GLM-4.7"),
        ("Kimi K2.6 INT4", "Kimi-K2.6"),
    ],
)
def test_models_inside_longer_names(text: str, name: str | None) -> None:
    entry = entry_in(text)
    assert (entry["name"] if entry else None) == name


def test_every_entry_comes_to_its_published_size_in_every_precision() -> None:
    for entry in table("models")["models"]:
        for label in ("BF16", "Q4_K_M", "IQ1_M"):
            model = find_model(entry["name"], label)
            told = entry["parameters"] * quant(label).bits / 8  # type: ignore[union-attr]
            assert model.weights == pytest.approx(told, rel=0.03), entry["name"]
            assert 0 < model.active_parameters <= model.parameters
        assert entry["source"]
        assert entry["licence"]
        assert ("quality" in entry) == ("quality_source" in entry)
        assert entry.get("checked", True) or "memory" in entry["note"] or "differs" in entry["note"]


def test_a_relative_is_not_the_model_itself() -> None:
    scores = {entry["name"]: entry.get("quality") for entry in table("models")["models"]}
    for pair in (
        ("GLM-4.6", "GLM-4.7"), ("Kimi-K2.5", "Kimi-K2.6"), ("MiniMax-M2", "MiniMax-M2.5"),
        ("DeepSeek-V3", "DeepSeek-V3-0324"), ("Qwen3.5-27B", "Qwen3.6-27B"), ("Qwen2.5-32B", "QwQ-32B"),
    ):  # fmt: skip
        assert scores[pair[0]] != scores[pair[1]]
        assert [find_model(name).name for name in pair] == list(pair)


def test_a_model_without_a_published_score_is_still_planned() -> None:
    coder = variants("Qwen3-Coder-480B-A35B-Instruct")
    assert score(coder[0]).quality is None
    assert "no published score" in score(coder[0]).source
    assert coder[0].name not in scored_models()


def test_names_are_unique() -> None:
    names = [name for m in table("models")["models"] for name in (m["name"], *m["aliases"])]
    assert len(names) == len(set(names))
    assert all(entry_named(name) for name in names)


def test_coarser_precisions_keep_less_and_take_less() -> None:
    found = variants("Qwen3-235B-A22B")
    sizes = [model.weights for model in found]
    qualities = [score(model).quality for model in found]
    assert sizes == sorted(sizes, reverse=True)
    assert qualities == sorted(qualities, reverse=True)  # type: ignore[type-var]
    assert variants("gpt-oss-120b")[0].quant == "MXFP4"  # nothing finer than it was trained in
    assert score(variants("gpt-oss-120b")[0]).keeps == 1.0
    assert scored_models()
    with pytest.raises(NotecError, match="no such quantisation"):
        variants("Qwen3-8B", ("Q99",))


@pytest.mark.parametrize(
    ("label", "name"),
    [("UD-Q4_K_XL", "Q4_K_XL"), ("iq2_k_r4", "IQ2_K"), ("mix-IQ3_K", "IQ3_K"), ("AWQ-INT4", "INT4"),
     ("4-bit", "Q4_K_M"), ("IQ?", None)],
)  # fmt: skip
def test_quantisations_by_any_name(label: str, name: str | None) -> None:
    found = quant(label)
    assert (found.name if found else None) == name


def test_only_a_size_is_better_than_nothing() -> None:
    model = generic_model("Someones-120B-A12B", quants()[0])
    assert model
    assert (model.parameters, model.active_parameters, model.known) == (120 * 10**9, 12 * 10**9, False)
    assert generic_model("no size at all", quants()[0]) is None


@pytest.mark.parametrize(
    ("text", "count", "name", "gib"),
    [
        ("RTX PRO 6000", 1, "RTX PRO 6000", 96),
        ("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", 1, "RTX PRO 6000", 96),
        ("2x RTX 3090", 2, "RTX 3090", 24),
        ("rtx4090", 1, "RTX 4090", 24),
        ("RTX 4090 48GB", 1, "RTX 4090", 48),
        ("4x 24 GB NVIDIA", 4, "24 GB NVIDIA", 24),
        ("NVIDIA GeForce RTX 3090 Ti", 1, "RTX 3090 Ti", 24),
        ("Apple M3 Ultra", 1, "M3 Ultra", 512),
    ],
)
def test_cards(text: str, count: int, name: str, gib: int) -> None:
    cards = parse_gpus(text)
    assert (len(cards), cards[0].name, cards[0].vram // GIB) == (count, name, gib)


def test_an_unknown_card_is_guessed_and_says_so() -> None:
    assert "guess" in parse_gpus("FooCard 9000")[0].source
    assert any("guess" in note for note in machine_named("FooCard 9000", 64 * GB).notes)


@pytest.mark.parametrize(
    ("cpu", "ram", "size", "bandwidth"),
    [
        ("EPYC 9355 (32c)", "768 GB DDR5-6400 12ch (OCCT read 598 GB/s)", 768, 598),
        ("Xeon QYFS", "8x48 GB DDR5-4800 8ch", 384, 307),
        ("Ryzen 9 9950X", "123 GB, NVMe PCIe5 8.81 GB/s", 123, 90),
        ("2x EPYC 7763", "1 TB DDR4", 1000, 410),
        (None, "2 TB DDR5", 2000, 461),
        ("i9-9940X", "64 GB DDR4-2666 quad", 64, 85),
        (None, None, 0, 77),
    ],
)
def test_memory_as_people_write_it(cpu: str | None, ram: str | None, size: int, bandwidth: int) -> None:
    found = parse_ram(ram, parse_cpu(cpu))
    assert (found.size // GB, round(found.bandwidth / GB)) == (size, bandwidth)


@settings(max_examples=25)
@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_breaks_the_readers(left: str, right: str) -> None:
    assert parse_gpus(left)
    assert parse_ram(right, parse_cpu(left)).bandwidth > 0
    parse_disk(right)
    entry_in(left)
    quant(right)
    nearest(left)


def test_boards_stop_somewhere() -> None:
    assert machine_named("RTX PRO 6000", 96 * GB).platform == "desktop"
    assert machine_named("RTX PRO 6000", 132 * GB).platform == "desktop-4"
    assert machine_named("RTX PRO 6000", 512 * GB).platform == "threadripper-pro"
    with pytest.raises(NotecError, match="stops at 256 GB"):
        machine_named("RTX PRO 6000", 512 * GB, platform="desktop-4")
    with pytest.raises(NotecError, match="no platform"):
        platform_for(1, "toaster")
    assert all(entry["source"] for entry in platforms())
    assert all(entry["source"] for entry in table("hardware")["gpus"])
    assert all(re.search(r"definition|bits: .*; kept: ", q.source) for q in quants())
