"""One small question, asked once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from notec.core import NotecError
from notec.models import Reply, Scripted
from notec.passes.slot import Asker, NeedsModel, Slot, Stopped, ask_slot
from notec.store import Store

SCHEMA = {
    "type": "object",
    "properties": {"code": {"type": "string"}},
    "required": ["code"],
    "additionalProperties": False,
}


def slot(**more: Any) -> Slot[str]:
    given = {"inputs": {"Function": "f()"}, "seed": 0} | more
    return Slot("body", 1, "F1", "steps", schema=SCHEMA, read=lambda data: str(data["code"]), **given)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store.open(tmp_path / "store.sqlite") as opened:
        yield opened


def test_the_same_is_asked_once_and_another_draw_again(store: Store) -> None:
    model = Scripted(['{"code": "1"}', '{"code": "2"}'])
    asker = Asker(model, store.memo)
    assert ask_slot(asker, slot()).value == "1"
    assert ask_slot(Asker(model, store.memo), slot()).value == "1"
    assert ask_slot(asker, slot(seed=1)).value == "2"
    assert (asker.requests, len(model.requests)) == (2, 2)


def test_what_cannot_be_read_is_asked_twice_and_then_given_up_for_good(store: Store) -> None:
    model = Scripted(["no", "nothing"])
    asker = Asker(model, store.memo)
    for _ in range(2):
        outcome = ask_slot(asker, slot())
        assert outcome.value is None
        assert [d.code for d in outcome.diagnostics] == ["unread-reply"] * 2
    assert len(model.requests) == 2
    assert model.requests[0].settings.seed != model.requests[1].settings.seed


@pytest.mark.parametrize("finish", ["stalled", "cut", "failed", "cancelled"])
def test_a_reply_that_breaks_off_stops_the_run_and_is_not_kept(store: Store, finish: Any) -> None:
    asker = Asker(Scripted([Reply('{"code"', finish), '{"code": "1"}']), store.memo)
    with pytest.raises(Stopped) as stopped:
        ask_slot(asker, slot())
    assert stopped.value.finish == finish
    assert ask_slot(asker, slot()).value == "1"


def test_ctrl_c_stops_before_the_next_request(store: Store) -> None:
    model = Scripted(['{"code": "1"}'])
    with pytest.raises(Stopped):
        ask_slot(Asker(model, store.memo, cancel=lambda: True), slot())
    assert not model.requests


def test_without_a_model_a_slot_says_what_is_missing_and_a_dry_run_counts_it(store: Store) -> None:
    with pytest.raises(NeedsModel, match="body F1"):
        ask_slot(Asker(None, store.memo), slot())
    dry = Asker(None, store.memo, dry=True)
    assert ask_slot(dry, slot()).value is None
    assert [key.subject for key, _ in dry.wanted] == ["F1"]


def test_why_names_the_input_that_changed(store: Store) -> None:
    ask_slot(Asker(Scripted(['{"code": "1"}']), store.memo), slot())
    dry = Asker(Scripted([]), store.memo, dry=True)
    ask_slot(dry, slot(inputs={"Function": "g()"}))
    assert str(store.memo.why(dry.keys[0])) == 'input Function changed: "f()" -> "g()"'


def test_a_model_that_cannot_be_asked_is_the_users_to_mend(store: Store) -> None:
    with pytest.raises(NotecError):
        ask_slot(Asker(Scripted([]), store.memo), slot())
