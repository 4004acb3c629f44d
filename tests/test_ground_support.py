"""The judge without a model, on planted pairs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from notec.ground import support

BENCH = Path(__file__).parent.parent / "bench"


@pytest.fixture(scope="module")
def pairs() -> list[tuple[str, str, str, str]]:
    sys.path.insert(0, str(BENCH))
    try:
        from support import read_pairs
    finally:
        sys.path.remove(str(BENCH))
    return [tuple(pair) for name in ("planted_ru.txt", "planted_en.txt") for pair in read_pairs(BENCH / name)]


def test_planted_contradictions_are_hardly_ever_supported(pairs: list[tuple[str, str, str, str]]) -> None:
    contradicted = [pair for pair in pairs if pair[2] == "contradicted"]
    accepted = [pair for pair in contradicted if support(pair[1], pair[0]).holds]
    assert len(contradicted) == 300
    assert len(accepted) <= 0.05 * len(contradicted)


def test_their_true_look_alikes_are_mostly_supported(pairs: list[tuple[str, str, str, str]]) -> None:
    supported = [pair for pair in pairs if pair[2] == "supported"]
    assert len(supported) == 300
    assert sum(support(pair[1], pair[0]).holds for pair in supported) >= 0.9 * len(supported)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The model fits.", "Anna thinks that the model fits."),
        ("Сервер выдержит нагрузку.", "Надеюсь, что сервер выдержит нагрузку."),
        ("The disk is full.", "Is the disk full?"),
        ("The neighbour often steals bicycles.", "The neighbour stole a bicycle."),
        ("Все тесты проходят.", "Тесты проходят."),
    ],
)
def test_what_is_supposed_asked_or_less_general_does_not_support(claim: str, source: str) -> None:
    assert not support(claim, source).holds


def test_missing_words_are_named() -> None:
    assert support("The model paints green elephants.", "The model runs.").missing == (
        "paints",
        "green",
        "elephants",
    )
