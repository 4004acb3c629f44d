"""How likely two values are of one thing: weights belong to features, and the order of two values is none."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.check.chain import links
from notec.check.clashes import COMPANY, Candidate, candidates, is_alike
from notec.check.likeness import compared, likenesses
from notec.check.rule import Entry
from notec.check.seen import total
from notec.check.told import FACTS
from notec.vault import parse_markdown

NOTES = Path(__file__).parents[1] / "bench" / "conflict_notes"


def looked(*names: str) -> list[tuple[int, list[Candidate]]]:
    """The pairs that are looked at in some of the notes that the weights were learned from."""
    told: dict[str, list[Entry]] = {}
    for name in names:
        for part in re.split(r"(?m)^=== ", (NOTES / f"{name}.txt").read_text(encoding="utf-8"))[1:]:
            path, _, body = part.partition("\n")
            text = re.sub(r"\s*\{[gh]\d+[vudmns]\}", "", body)
            for key, entry in FACTS.share(parse_markdown(path, text).value):
                told.setdefault(key, []).append(entry)
    some = [(key, entries) for key, entries in sorted(told.items()) if len(entries) <= COMPANY]
    return [(len(e), [c for c in candidates(k, e) if is_alike(c.a, c.b)]) for k, e in some]


@pytest.fixture(scope="module")
def pairs() -> list[tuple[int, list[Candidate]]]:
    return looked("plain-mixed", "plain-en", "firm-ru", "club-en", "diary-ru", "early-learn", "examiner")


def test_each_weight_is_of_a_feature(pairs):
    """A name that no feature has would be a weight that never counts."""
    known = {"bias"}
    for crowd, found in pairs:
        for row in compared([(c.a, c.b, c.beside, False) for c in found], crowd):
            known.update(row)
    lines = files("notec.check").joinpath("weights.txt").read_text(encoding="utf-8").splitlines()
    assert {line.rsplit(" ", 1)[0] for line in lines if line[0] != "#"} - known == set()


def test_both_orders_of_two_values_are_alike(pairs):
    met = 0
    for crowd, found in pairs[::5]:
        there = likenesses([(c.a, c.b, c.beside, False) for c in found], crowd)
        back = likenesses([(c.b, c.a, c.beside, False) for c in found], crowd)
        assert there == pytest.approx(back)
        met += len(found)
    assert met > 100


@given(st.lists(st.sampled_from(["=disk", "=cpu", "=team", "lamp", "стол", "a6000", "qwen3", "=price"])))
def test_words_weigh_the_same_in_whatever_order_a_set_has_them(words):
    """Two processes see a set in two orders, and must say the same."""
    assert total(words) == total(words[::-1]) == total(sorted(words))


def test_what_is_beside_has_weights_of_its_own(pairs):
    for crowd, found in pairs[::5]:
        for c, row in zip(found, compared([(c.a, c.b, c.beside, False) for c in found], crowd), strict=True):
            assert ("one note" in row or "one note, near" in row) == c.beside
            assert any(name.startswith("beside: ") for name in row) == c.beside


def test_a_letter_that_folds_to_words_is_one_word_of_a_statement():
    note = parse_markdown("A.md", "The ﷺpump of the old kettle weighs 3 kg.\n").value
    said = next(entry.said for _, entry in FACTS.share(note))
    words = links(said.chain)
    assert [word for word, _, _ in words[1:]] == ["old", "=kettle", "=weight"]
    assert " " in words[0][0]
    assert said.at == len(words)
    assert links("") == []
