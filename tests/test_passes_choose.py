"""Which candidate is taken: the first that passes, or the one that others and the tests agree with."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.passes.choose import (
    CAP,
    Choice,
    Seen,
    Verdict,
    agree,
    choose,
    choose_by_agreement,
    pick,
    settled,
)
from notec.passes.choose_inputs import Input, fitting, generate


def passes(*fine: str) -> Callable[[str], Verdict]:
    """Candidates that pass by name; others fail with their own text, `half` on half of the examples."""

    def judge(candidate: str) -> Verdict:
        share = 0.5 if candidate.startswith("half") else 0.0
        return Verdict(candidate in fine, f"assert {candidate}", share)

    return judge


def from_list(*candidates: str) -> Callable[[int], str | None]:
    return lambda n: candidates[n] if n < len(candidates) else None


def test_the_first_that_passes_wins_and_no_other_is_drawn() -> None:
    choice = choose(from_list("bad", "good", "best"), passes("good", "best"))
    assert (choice.candidate, choice.drawn, choice.repaired) == ("good", 2, 0)


def test_no_candidate_at_all() -> None:
    choice: Choice[str] = choose(from_list(), passes())
    assert (choice.candidate, choice.drawn, choice.why) == (None, 0, "there is no candidate")


def test_the_closest_is_kept_when_none_passes() -> None:
    choice = choose(from_list("bad", "half", "worse"), passes())
    assert (choice.candidate, choice.closest, choice.drawn) == (None, "half", 3)
    assert choice.why == "none of 3 candidates passes the examples"


def test_draws_end_at_the_cap_where_there_is_hope_and_earlier_where_there_is_none() -> None:
    assert choose(lambda n: f"half{n}", passes()).drawn == CAP
    assert choose(lambda n: f"bad{n}", passes()).drawn == 7


def test_the_first_is_repaired_twice_before_another_is_drawn() -> None:
    asked = []

    def repair(candidate: str, verdict: Verdict) -> str:
        asked.append((candidate, verdict.failure))
        return candidate + "+"

    choice = choose(from_list("a", "b"), passes("b"), repair=repair)
    assert asked == [("a", "assert a"), ("a+", "assert a+")]
    assert (choice.candidate, choice.drawn, choice.repaired) == ("b", 2, 2)


def test_a_repair_that_passes_wins() -> None:
    choice = choose(from_list("a", "b"), passes("fixed", "b"), repair=lambda *_: "fixed")
    assert (choice.candidate, choice.drawn, choice.repaired) == ("fixed", 1, 1)


def test_the_same_failure_again_ends_repairs() -> None:
    choice = choose(
        from_list("a", "b"),
        lambda c: Verdict(c == "b", "the same"),
        repair=lambda candidate, _: candidate + "+",
    )
    assert (choice.candidate, choice.repaired) == ("b", 1)


def test_a_model_that_has_no_repair_is_asked_for_another_candidate() -> None:
    choice = choose(from_list("a", "b"), passes("b"), repair=lambda *_: None)
    assert (choice.candidate, choice.drawn, choice.repaired) == ("b", 2, 1)


def seen(*rows: str) -> list[Seen]:
    """`answers/passes`, a letter each: `ab/10`."""
    pairs = [row.partition("/") for row in rows]
    return [Seen(tuple(x.strip(".") for x in a), tuple(p == "1" for p in b)) for a, _, b in pairs]


def test_many_of_one_mind_that_pass_tests_lead() -> None:
    groups = agree(seen("aa/10", "bb/11", "aa/10", "bb/11", "cc/11"))
    assert [g.members for g in groups] == [(1, 3), (4,), (0, 2)]


def test_where_no_test_is_right_the_largest_group_leads() -> None:
    assert agree(seen("aa/00", "bb/00", "bb/00"))[0].members == (1, 2)


def test_candidates_that_answer_nothing_are_in_no_group() -> None:
    assert [g.members for g in agree(seen("../00", "a./00", "../00"))] == [(1,)]
    assert agree([]) == ()


def test_those_that_pass_the_examples_are_weighed_alone() -> None:
    rows = seen("aa/1", "aa/1", "bb/0", "cc/1")
    assert pick(rows, [False, False, True, True])[0].members == (3,)
    assert pick(rows, [False] * 4)[0].members == (0, 1)


def test_more_are_drawn_while_candidates_disagree() -> None:
    rows = dict(zip("abcde", seen("x/1", "y/1", "x/1", "y/0", "x/1"), strict=True))

    def draw(n: int) -> str | None:
        return "abcde"[n] if n < 5 else None

    choice = choose_by_agreement(draw, lambda some: [rows[c] for c in some])
    assert (choice.candidate, choice.drawn) == ("a", 3)
    assert choice.why == "2 of 3 candidates do the same and pass 1 tests"
    lone = choose_by_agreement(str, lambda some: [Seen((c,)) for c in some])
    assert lone.drawn == CAP
    assert choose_by_agreement(draw, lambda some: [Seen(("",)) for _ in some]).candidate is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=12))
def test_groups_hold_each_candidate_once_and_the_order_of_draws_changes_no_score(
    rows: list[tuple[str, int]],
) -> None:
    all_seen = [Seen((a,), (bool(n & 1), bool(n & 2))) for a, n in rows]
    groups = agree(all_seen)
    assert sorted(m for g in groups for m in g.members) == list(range(len(rows)))
    assert sorted(g.score for g in agree(all_seen[::-1])) == sorted(g.score for g in groups)
    assert not settled(groups) or len(groups[0].members) >= 2


def value(text: str) -> object:
    return ast.literal_eval(text)


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("int", int),
        ("float", float),
        ("str", str),
        ("bool", bool),
        ("bytes", bytes),
        ("List[int]", list),
        ("typing.Sequence[str]", list),
        ("tuple[int, str]", tuple),
        ("tuple[int, ...]", tuple),
        ("set[int]", (set, str)),
        ("dict[str, list[int]]", dict),
        ("int | str", (int, str)),
        ("Optional[str]", (str, type(None))),
        ("Whatever", int),
        ("list[", int),
    ],
)
def test_inputs_are_of_the_type_that_the_signature_names(kind: str, type_: type) -> None:
    made = generate([kind], "at most 17")
    assert made
    for one in made:
        if one.arguments[0] != "set()":
            assert isinstance(value(one.arguments[0]), type_)


def test_the_same_words_give_the_same_inputs_with_the_literals_among_them() -> None:
    made = generate(["int", "str"], "from 42 «да» or 'yes'", count=200)
    assert made == generate(["int", "str"], "from 42 «да» or 'yes'", count=200)
    assert len({one.arguments for one in made}) == len(made)
    assert {41, 42, 43} <= {value(one.arguments[0]) for one in made}
    assert any("да" in one.arguments[1] for one in made)
    assert any("yes" in one.arguments[1] for one in made)


def test_types_come_from_calls_that_somebody_wrote_where_the_signature_has_none() -> None:
    made = generate(["", ""], known=[["[1, 2]", "'x'"], ["[3]", "'y'"], ["nonsense(", "1"]])
    assert {one.types for one in made} == {("list[int]", "str")}
    assert {one.types for one in generate(["float"], known=[["1"]])} == {("float",)}


def test_types_that_candidates_cannot_work_with_are_left_out() -> None:
    inputs = [Input(("1",), ("int",)), Input(("'a'",), ("str",)), Input(("'b'",), ("str",))]
    assert fitting(inputs, {0: 0.1, 1: 0.9, 2: 0.8}) == [1, 2]
    assert fitting(inputs, {}) == []


def test_no_parameter_means_one_call() -> None:
    assert generate([], "anything") == (Input((), ()),)
