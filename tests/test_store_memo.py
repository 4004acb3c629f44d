from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from notec.core import Diagnostic, Edit, Fix, Label, Outcome, Severity, Span
from notec.store import Database, Memo, StepKey, Store, Why, step_key
from notec.store.migrations import MIGRATIONS

FINDING = Diagnostic(
    "unit-conflict",
    Severity.ERROR,
    "3 м ≠ 3 km",
    "заметка.md",
    7,
    Span(10, 20),
    (Label("other.md", 3, Span(1, 2), "here"),),
    ("first", "second"),
    Fix("take metres", (Edit(Span(10, 12), "3 m"), Edit(Span(13, 13), "")), "unsafe"),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db") as store:
        yield store


def test_a_value_comes_back_with_its_diagnostics(store: Store) -> None:
    key = step_key("brief", 1, prompt="p", note=b"raw")
    assert store.memo.get(key) is None
    store.memo.put(key, b"\x00value", [FINDING, Diagnostic("a", Severity.INFO, "b", "")])
    assert store.memo.get(key) == Outcome(b"\x00value", (FINDING, Diagnostic("a", Severity.INFO, "b", "")))
    store.memo.put(key, b"new")
    assert store.memo.get(key) == Outcome(b"new")


def test_many_values_come_at_once_and_count_as_used(tmp_path: Path) -> None:
    now = [0.0]
    with Database.open(tmp_path / "store.db", MIGRATIONS) as database:
        memo = Memo(database, limit=100, clock=lambda: now[0])
        keys = [step_key("sheet", 1, note=n) for n in range(4)]
        for key in keys[:3]:
            memo.put(key, b"x" * 30)
            now[0] += 1
        now[0] += 10_000
        assert memo.get_many(keys[:1]) == {keys[0].digest: b"x" * 30}
        memo.put(keys[3], b"y" * 30)  # makes room, at the cost of the one that was not used for longest
        assert memo.get_many(keys).keys() == {keys[n].digest for n in (0, 2, 3)}
        assert memo.get_many([]) == {}


def test_values_survive_closing(tmp_path: Path) -> None:
    key = step_key("brief", 1)
    with Store.open(tmp_path / "store.db") as store:
        store.memo.put(key, b"v")
    with Store.open(tmp_path / "store.db") as store:
        assert store.memo.get(key) == Outcome(b"v")


def test_a_key_is_all_that_the_step_may_see_and_nothing_else() -> None:
    key = step_key("brief", 1, subject="a.md", prompt="p", options={"b": 1, "a": [True, None, 0.5]})
    assert key.digest == "c60ef82386b1b6541432270a07e979b1"
    same = step_key("brief", "1", subject="moved.md", options={"a": [True, None, 0.5], "b": 1}, prompt="p")
    assert same.digest == key.digest
    others: list[StepKey] = [
        step_key("other", 1, prompt="p"),
        step_key("brief", 2, prompt="p"),
        step_key("brief", 1, prompt="q"),
        step_key("brief", 1, prompt=None),
        step_key("brief", 1, prompt=b"p"),
        step_key("brief", 1, prompt=["p"]),
        step_key("brief", 1, prompt=1),
        step_key("brief", 1, prompt="1"),
        step_key("brief", 1, prompt=True),
        step_key("brief", 1, prompt="p" * 100),
        step_key("brief", 1, prompt="p" * 101),
        step_key("brief", 1, text="p"),
        step_key("brief", 1),
    ]
    assert len({k.digest for k in others}) == len(others)
    with pytest.raises(TypeError):
        step_key("brief", 1, prompt={1, 2})


def test_why_names_the_first_part_that_differed(store: Store) -> None:
    def key(version: int = 1, subject: str = "a.md", **parts: Any) -> StepKey:
        return step_key("brief", version, subject=subject, **parts)

    assert str(store.memo.why(key(model="m", text="t"))) == "it never ran before"
    store.memo.put(key(model="m", text="t"), b"")
    assert store.memo.why(key(model="m", text="t")) == Why("kept")
    assert store.memo.why(key(text="u", model="n")) == Why("changed", "text", '"t"', '"u"')
    assert store.memo.why(key(model="n", text="u")) == Why("changed", "model", '"m"', '"n"')
    assert store.memo.why(key(2, model="n", text="u")) == Why("changed", "version", "1", "2")
    assert store.memo.why(key(model="m", text="t", seed=1)) == Why("changed", "seed", "", "1")
    assert store.memo.why(key(model="m")) == Why("changed", "text", '"t"', "")
    assert store.memo.why(key(1, "b.md", model="x")) == Why("never")
    assert str(store.memo.why(key(model="n", text="t"))) == 'model changed: "m" -> "n"'
    store.memo.forget("brief")
    assert store.memo.why(key(model="m", text="t")) == Why("gone")


def test_why_compares_with_the_last_run_even_when_that_was_kept(store: Store) -> None:
    one, two, three = (step_key("s", 1, subject="a", n=n) for n in range(3))
    store.memo.put(one, b"1")
    store.memo.put(two, b"2")
    assert store.memo.get(one)
    assert store.memo.why(three) == Why("changed", "n", "0", "2")


def test_a_part_called_version_is_not_the_version(store: Store) -> None:
    store.memo.put(step_key("s", 1, version="a"), b"")
    assert store.memo.why(step_key("s", 1, version="b")) == Why("changed", "version", '"a"', '"b"')


def test_what_was_not_used_for_longest_makes_room(tmp_path: Path) -> None:
    now = [1_000_000.0]
    with Database.open(tmp_path / "store.db", MIGRATIONS) as database:
        memo = Memo(database, limit=1000, clock=lambda: now[0])
        keys = [step_key("s", 1, n=n) for n in range(11)]
        for key in keys[:10]:
            now[0] += 1
            memo.put(key, b"x" * 100)
        assert memo.stats().bytes == 1000
        now[0] += 10_000
        assert memo.get(keys[0])  # used again, so it stays
        memo.put(keys[10], b"x" * 100)
        assert [n for n, key in enumerate(keys) if memo.get(key)] == [0, 3, 4, 5, 6, 7, 8, 9, 10]
        memo.put(keys[1], b"y" * 5000)  # larger than the limit alone: kept, since it was just paid for
        assert memo.get(keys[1]) == Outcome(b"y" * 5000)
        assert (memo.stats().entries, memo.stats().bytes) == (1, 5000)


class MemoIsADict(RuleBasedStateMachine):
    """The memo against a dict, through closing, forgetting and broken transactions."""

    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.database = Database.open(":memory:", MIGRATIONS)
        self.memo = Memo(self.database)
        self.model: dict[str, tuple[str, Outcome[bytes]]] = {}

    @rule(target=keys, step=st.sampled_from(["a", "b"]), version=st.integers(1, 2), part=st.text(max_size=3))
    def make_key(self, step: str, version: int, part: str) -> StepKey:
        return step_key(step, version, subject=part[:1], part=part)

    @rule(key=keys, value=st.binary(max_size=9), said=st.lists(st.just(FINDING), max_size=2))
    def put(self, key: StepKey, value: bytes, said: list[Diagnostic]) -> None:
        self.memo.put(key, value, said)
        self.model[key.digest] = (key.step, Outcome(value, tuple(said)))

    @rule(key=keys, value=st.binary(max_size=9))
    def put_and_fail(self, key: StepKey, value: bytes) -> None:
        with suppress(ZeroDivisionError), self.database.write():
            self.memo.put(key, value)
            raise ZeroDivisionError

    @rule(key=keys)
    def get(self, key: StepKey) -> None:
        expected = self.model.get(key.digest)
        assert self.memo.get(key) == (expected[1] if expected else None)
        assert (self.memo.why(key).reason == "kept") == bool(expected)

    @rule(step=st.sampled_from(["a", "b"]))
    def forget(self, step: str) -> None:
        gone = [digest for digest, (s, _) in self.model.items() if s == step]
        assert self.memo.forget(step) == len(gone)
        for digest in gone:
            del self.model[digest]

    @invariant()
    def sizes_agree(self) -> None:
        stats = self.memo.stats()
        assert stats.entries == len(self.model)
        if not any(o.diagnostics for _, o in self.model.values()):
            assert stats.bytes == sum(len(o.value) for _, o in self.model.values())

    def teardown(self) -> None:
        self.database.close()


TestMemoIsADict = MemoIsADict.TestCase
TestMemoIsADict.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
