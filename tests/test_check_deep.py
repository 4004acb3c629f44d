"""What is asked of a model, and that nothing is believed that it does not quote."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from notec import Workspace
from notec.app.config import CheckConfig
from notec.app.deep import Deep, IndexLibrary
from notec.check.deep import pairs_of
from notec.core import Diagnostic, NotecError
from notec.front.cli import main
from notec.index import Index
from notec.models import Logged, Model, Reply, Request, Scripted
from notec.store import Store
from openai_server import CUT, DONE, Answer, OpenAIServer, Seen, delta, usage
from small_vaults import write_vault

NL = "\n"
TAPES = (
    "## Backups.md\nThe nightly backup is kept on the old tape drive.\n\nSee [[Tapes]].\n"
    "## Tapes.md\n# Tapes\n\nThe old tape drive was given away, so no nightly backup is kept there.\n"
)
TAPES_RU = (
    "## Копии.md\nНочная копия хранится на старом ленточном накопителе.\n\nСм. [[Ленты]].\n"
    "## Ленты.md\n# Ленты\n\nСтарый ленточный накопитель отдали, ночная копия там не хранится.\n"
)


@contextmanager
def deep(
    folder: Path,
    text: str,
    model: Model | None,
    config: CheckConfig = CheckConfig(),  # noqa: B008
) -> Iterator[Deep]:
    """A deep check of the vault that `text` tells of; what was answered is kept from one to the next."""
    vault = folder / "vault"
    vault.mkdir(exist_ok=True)
    write_vault(vault, text)
    with Index.open(vault, folder / "home") as index, Store.open(folder / "store.sqlite") as store:
        index.update()
        yield Deep(index, store, Logged(model, store.replies) if model else None, config, 100)


def found(folder: Path, text: str, model: Model, config: CheckConfig = CheckConfig()) -> list[Diagnostic]:  # noqa: B008
    with deep(folder, text, model, config) as check:
        return check.run()


def texts(request: Request) -> list[str]:
    """The places that a model is shown."""
    shown = json.loads(request.messages[-1].content)
    if "place" in shown:
        return [shown["place"]["text"], *(place["text"] for place in shown["other places"])]
    return [shown["A"]["text"], shown["B"]["text"]]


def honest(verdict: str) -> Callable[[Request], str]:
    """Quotes what it was shown, and always says the same."""

    def answer(request: Request) -> str:
        first, *others = texts(request)
        names = (
            ("quote", "answer") if "place" in request.messages[-1].content[:20] else ("quote_a", "quote_b")
        )
        quotes = dict(zip(names, (first, others[0] if others else ""), strict=True))
        return json.dumps({**quotes, "verdict": verdict, "why": "because"}, ensure_ascii=False)

    return answer


@pytest.mark.parametrize(
    ("vault", "notes"), [(TAPES, ("Backups.md", "Tapes.md")), (TAPES_RU, ("Копии.md", "Ленты.md"))]
)
def test_a_contradiction_names_both_places_by_their_words(
    tmp_path: Path, vault: str, notes: tuple[str, str]
) -> None:
    said, item = found(tmp_path, vault, Scripted(honest("conflict")))
    assert (item.code, item.severity, item.note, item.line) == ("contradiction", "warning", notes[0], 1)
    assert (item.labels[0].note, item.labels[0].line) == (notes[1], 3)
    assert item.message.endswith(f"{notes[1]}:3")
    assert item.notes == ("the model says: because",)
    for place, path in ((item.span, item.note), (item.labels[0].span, item.labels[0].note)):
        words = (tmp_path / "vault" / path).read_text(encoding="utf-8")
        assert place
        assert place.of(words).endswith((".", "r"))
    assert said.message == "1 of 1 questions answered, 0 of them in an earlier run"
    assert said.notes == ("contradiction: 1 conflict",)


@pytest.mark.parametrize(("verdict", "level"), [("superseded", "info"), ("different things", None)])
def test_what_the_model_calls_it_decides(tmp_path: Path, verdict: str, level: str | None) -> None:
    _, *items = found(tmp_path, TAPES, Scripted(honest(verdict)))
    assert [i.severity for i in items] == ([level] if level else [])


@pytest.mark.parametrize(
    ("quote_a", "quote_b"),
    [
        ("The nightly backup is kept on the new tape drive.", "The old tape drive was given away"),
        ("The nightly backup is kept", "nobody keeps any backup"),
        ("", ""),
        ("...", "The old tape drive"),
        ("The nightly", "The nightly"),
        ("tape", "tape"),
    ],
)
def test_a_model_that_misquotes_is_not_believed(tmp_path: Path, quote_a: str, quote_b: str) -> None:
    lie = json.dumps({"quote_a": quote_a, "quote_b": quote_b, "verdict": "conflict", "why": "trust me"})
    said, *items = found(tmp_path, TAPES, Scripted([lie]))
    assert items == []
    assert said.notes == ("1 answer dropped: what was quoted does not stand in the notes",)


def test_quotes_that_were_exchanged_are_found_all_the_same(tmp_path: Path) -> None:
    def swapped(request: Request) -> str:
        a, b = texts(request)
        return json.dumps({"quote_a": b, "quote_b": a, "verdict": "conflict", "why": ""})

    _, item = found(tmp_path, TAPES, Scripted(swapped))
    assert (item.note, item.labels[0].note, item.notes) == ("Backups.md", "Tapes.md", ())


@pytest.mark.parametrize(
    "reply",
    [
        "", "no", "{}", "[]", '{"quote_a": "x', '{"quote_a": 1, "quote_b": 2, "verdict": "conflict"}',
        '{"quote_a": "a", "quote_b": "b", "verdict": "maybe"}', "{" * 5000, '{"verdict": "conflict"}',
    ],
)  # fmt: skip
def test_a_reply_that_cannot_be_read_is_asked_once_more_and_then_never_again(
    tmp_path: Path, reply: str
) -> None:
    model = Scripted(lambda _: reply)
    said, *items = found(tmp_path, TAPES, model)
    assert items == []
    assert said.notes == ("1 answer could not be read",)
    assert len(model.requests) == 2
    found(tmp_path, TAPES, model)
    assert len(model.requests) == 2


def test_a_reply_in_a_fence_after_thinking_is_read(tmp_path: Path) -> None:
    def wrapped(request: Request) -> str:
        return f'<think>{{"verdict": 1}}</think>\nSure:\n```json\n{honest("CONFLICT")(request)}\n```\nDone.'

    assert [d.code for d in found(tmp_path, TAPES, Scripted(wrapped))] == ["deep-check", "contradiction"]


def test_nothing_is_asked_twice_and_edits_elsewhere_cost_nothing(tmp_path: Path) -> None:
    model = Scripted(honest("conflict"))
    found(tmp_path, TAPES, model)
    moved = TAPES.replace("# Tapes\n", "# Tapes\n\nOther words about weather.\n")
    said, item = found(tmp_path, moved, model)
    assert item.labels[0].line == 5
    assert said.message == "1 of 1 questions answered, 1 of them in an earlier run"
    assert len(model.requests) == 1
    found(tmp_path, moved.replace("nightly backup is kept on", "nightly backup stays on"), model)
    assert len(model.requests) == 2
    found(tmp_path, moved, Scripted(honest("conflict"), fingerprint="another"))  # whose word is another's


def test_a_note_can_ask_to_be_let_alone_and_rules_can_be_left_out(tmp_path: Path) -> None:
    vault = TAPES.replace("tape drive.\n", "tape drive. %% notec: ignore contradiction %%\n", 1)
    assert [d.code for d in found(tmp_path, vault, Scripted(honest("conflict")))] == ["deep-check"]
    nobody = Scripted([])
    for config in (
        CheckConfig(ignore=("contradiction",)),
        CheckConfig(select=("gap",)),
        CheckConfig(levels={"contradiction": "off"}),
    ):
        assert found(tmp_path, TAPES, nobody, config)[0].message.startswith("0 of 0")
    assert nobody.requests == []


@pytest.mark.parametrize(
    "place",
    [
        "TODO: find out which valve the boiler needs.", "Which valve does the boiler need?",
        "It is unclear which valve the boiler needs.", "Надо выяснить, какой клапан нужен котлу.",
        "Какой клапан нужен котлу?", "Пока не решено, какой клапан ставить.", "Клапан: TBD",
        "The valves will be described later.", "Про клапаны допишу позже.", "Список клапанов см. ниже.",
    ],
)  # fmt: skip
def test_what_waits_for_an_answer_is_asked_about(tmp_path: Path, place: str) -> None:
    vault = f"## Boiler.md\n# Boiler\n\n{place}\n\n## House.md\nThe house has a boiler in the cellar.\n"
    said, item = found(tmp_path, vault, Scripted(honest("open")))
    assert (item.code, item.severity, item.note, item.line) == ("gap", "info", "Boiler.md", 3)
    assert said.notes == ("gap: 1 open",)


def test_a_problem_without_a_solution_waits_too(tmp_path: Path) -> None:
    vault = "## A.md\n# Pump\n\n### Problem\n\nThe pump leaks.\n\nWater everywhere.\n"
    _, item = found(tmp_path, vault, Scripted(honest("open")))
    assert (item.message, item.line) == ("a problem for which the vault has no solution", 5)
    solved = vault + "\n### Solution\n\nA new seal.\n"
    assert len(found(tmp_path, solved, Scripted(honest("open")))) == 1


def test_an_answer_must_be_quoted_too(tmp_path: Path) -> None:
    vault = "## A.md\nWhich valve does the boiler need?\n## B.md\nThe boiler needs the valve of brass.\n"
    seen: list[Request] = []

    def answer(request: Request, quote: str) -> str:
        seen.append(request)
        asked = "Which valve does the boiler need?"
        return json.dumps({"quote": asked, "answer": quote, "verdict": "answered", "why": ""})

    said = found(tmp_path, vault, Scripted(lambda r: answer(r, "needs the valve of brass")))
    assert [d.notes for d in said] == [("gap: 1 answered",)]
    assert "valve of brass" in seen[0].messages[-1].content
    said = found(tmp_path, vault, Scripted(lambda r: answer(r, "a valve of steel"), fingerprint="liar"))
    assert [d.notes[0] for d in said] == ["1 answer dropped: what was quoted does not stand in the notes"]


def test_a_chat_asks_and_answers_by_itself(tmp_path: Path) -> None:
    vault = "## A.md\n>[!nexus_user]+ **User** - 2025-01-01T10:00\n> Which valve?\n"
    assert found(tmp_path, vault, Scripted([]))[0].message.startswith("0 of 0")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It must open the screen \"Settings\".", "On the page \"Preferences\" there must be the key."),
        ("Программа должна открыть экран «Настройки».", "На странице «Параметры» должен быть ключ."),
        ("It must call `load_notes` first.", "It must call loadNotes(folder) first."),
        ("It must call `read_notes` first.", "It must call load_notes(folder) first."),
        ("The button \"Save\" must be blue.", "It must save by the \"Apply\" button."),
    ],
)  # fmt: skip
def test_two_names_in_one_spec_are_asked_about(tmp_path: Path, one: str, other: str) -> None:
    vault = f"## x/a.idea\n{one}\n## x/b.pseudo\n# b\n\n{other}\n"
    config = CheckConfig(select=("inconsistency",))
    said, item = found(tmp_path, vault, Scripted(honest("same thing")), config)
    assert (item.code, item.severity, item.note, item.labels[0].note) == (
        "inconsistency", "warning", "x/a.idea", "x/b.pseudo",
    )  # fmt: skip
    assert said.notes == ("inconsistency: 1 same thing",)
    (tmp_path / "other").mkdir()
    beside = vault.replace("x/b.pseudo", "y/b.pseudo")
    assert len(found(tmp_path / "other", beside, Scripted([]), config)) == 1


def test_names_that_stand_together_are_two_things(tmp_path: Path) -> None:
    vault = (
        "## a.idea\nIt must call load_notes(x), then read_notes(x).\n## b.idea\nIt must call load_notes(x).\n"
    )
    assert len(found(tmp_path, vault, Scripted([]), CheckConfig(select=("inconsistency",)))) == 1


def test_never_all_pairs(tmp_path: Path) -> None:
    """Five hundred statements have 124,750 pairs; only those that share what is rare are asked about."""
    lines = [
        f"The {a} of shelf {n} is painted {b} every year.\n"
        for n, (a, b) in enumerate(
            (a, b)
            for a in ("door", "lamp", "rope", "lid", "hook")
            for b in ("red", "blue", "white", "green", "grey")
        )
    ]
    vault = "".join(f"## n{i}.md\n# Part {i}\n\n{NL.join(lines[i::5])}\n" for i in range(5))
    with deep(tmp_path, vault + TAPES, None) as check:
        told = check.forecast()
        library = IndexLibrary(check._index)
        assert pairs_of(library, 3).left_out >= 0
        pairs = pairs_of(library, 1000).pairs
    assert told.questions["contradiction"] == len(pairs) < 100
    assert {pairs[0][0].note, pairs[0][1].note} == {"Backups.md", "Tapes.md"}


def test_a_run_that_broke_off_goes_on_where_it_was(tmp_path: Path) -> None:
    vault = TAPES + "## C.md\nTODO: buy tapes for the drive.\n\nTODO: label the shelf of the cellar.\n"
    calls: list[Request] = []

    def breaks(request: Request) -> Reply | str:
        calls.append(request)
        if len(calls) == 2:
            raise KeyboardInterrupt
        if len(calls) == 3:
            raise NotecError("no server there", "start it")
        if len(calls) == 4:
            return Reply("", "failed")
        return honest("open" if "place" in request.messages[-1].content[:20] else "conflict")(request)

    stops = []
    for _ in range(2):
        said, count, *items = found(tmp_path, vault, Scripted(breaks))
        assert (said.code, len(items)) == ("deep-stopped", 1)
        assert count.message.startswith("1 of 3")
        stops.append(said.message)
    assert stops == [
        "the deep check stopped: Ctrl-C",
        "the deep check stopped: no server there;  help: start it",
    ]
    count, *items = found(tmp_path, vault, Scripted(breaks))
    assert (count.message, len(items)) == ("2 of 3 questions answered, 1 of them in an earlier run", 2)
    assert count.notes[-1] == "1 answer broke off; they are asked for again next time"
    count, *items = found(tmp_path, vault, Scripted(breaks))
    assert (count.message, len(items)) == ("3 of 3 questions answered, 2 of them in an earlier run", 3)
    assert len(calls) == 6


def test_a_model_that_fails_three_times_in_a_row_is_left_alone(tmp_path: Path) -> None:
    vault = "".join(f"## n{n}.md\nTODO: weigh thing {n} of the shelf.\n" for n in range(6))
    model = Scripted(lambda _: Reply("", "stalled"))
    said, count = found(tmp_path, vault, model)
    assert (said.code, len(model.requests)) == ("deep-stopped", 3)
    assert count.message.startswith("0 of 6")


# --- a real server, as a user meets it


def play(seen: Seen) -> Answer:
    request = Request.from_json({"messages": seen.body["messages"]})
    kind = "open" if "place" in request.messages[-1].content[:20] else "conflict"
    return Answer([delta(honest(kind)(request)), 0.02, delta(finish="stop"), usage(400, 60), DONE])


def notec(vault: Path, *words: str) -> int:
    return main(["--vault", str(vault), "--home", str(vault.parent / "home"), *words])


MANY = TAPES + "".join(f"## T{n}.md\nTODO: find out the weight of thing number {n}.\n" for n in range(6))


def test_dry_run_asks_nothing_and_knows_the_speed_once_it_was_measured(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_vault(vault, MANY)
    assert notec(vault, "index") == 0
    capsys.readouterr()
    assert notec(vault, "check", "--deep", "--dry-run") == 0
    told = capsys.readouterr().out
    assert "no model is configured" in told
    assert "pairs of statements that may contradict each other: 1\n" in told
    with OpenAIServer(play) as server:
        (vault / "notec.toml").write_text(f'[model]\nurl = "{server.url}"\n', encoding="utf-8")
        assert notec(vault, "check", "--deep", "--dry-run") == 0
        told = capsys.readouterr().out
        assert "answered already: 0; left: 7, about" in told
        assert "is not known: no reply of this model was timed" in told
        assert [s.path for s in server.seen if s.method == "POST"] == []
        assert notec(vault, "check", "--deep", "--format", "concise") == 0
        said = capsys.readouterr().out.splitlines()
        assert said[0] == "info[deep-check] 7 of 7 questions answered, 0 of them in an earlier run"
        assert sum("warning[contradiction]" in line for line in said) == 1
        assert sum("info[gap]" in line for line in said) == 6
        asked = len([s for s in server.seen if s.method == "POST"])
        assert asked == 7
        write_vault(vault, "## U.md\nTODO: paint our fence.\n")
        assert notec(vault, "check", "--deep", "--dry-run", "--json") == 0
        data = json.loads(capsys.readouterr().out)
        assert (data["known"], data["gaps"], data["pairs"]) == (7, 7, 1)
        assert data["prefill"] > 0
        assert data["minutes"] is not None
        assert len([s for s in server.seen if s.method == "POST"]) == asked


def test_a_killed_check_asks_only_the_rest(vault: Path) -> None:
    write_vault(vault, MANY)

    def slow(seen: Seen) -> Answer:
        answer = play(seen)
        return replace(answer, steps=[0.15, *answer.steps])

    with OpenAIServer(slow) as server:
        (vault / "notec.toml").write_text(f'[model]\nurl = "{server.url}"\n', encoding="utf-8")
        words = [
            sys.executable,
            "-m",
            "notec.front.cli",
            "--vault",
            str(vault),
            "--home",
            str(vault.parent / "h"),
        ]

        def posts() -> int:
            return len([s for s in server.seen if s.method == "POST"])

        process = subprocess.Popen([*words, "check", "--deep"], stdout=subprocess.DEVNULL)
        while posts() < 3:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        before = posts()
        done = subprocess.run(
            [*words, "check", "--deep", "--json"], capture_output=True, text=True, check=False
        )
        assert done.stdout, done.stderr
        first = json.loads(done.stdout.splitlines()[0])
        assert first["message"].startswith("7 of 7 questions answered")
        assert posts() - before <= 7 - 2
        assert posts() <= 8  # the one that was under way is asked again


@pytest.mark.parametrize(
    "words",
    [("--dry-run",), ("--deep", "--watch"), ("--deep", "--pairs", "-1"), ("--deep", "--pairs", "x")],
)
def test_options_that_make_no_sense(vault: Path, words: tuple[str, ...]) -> None:
    try:
        assert notec(vault, "check", *words) == 2
    except SystemExit as stop:
        assert stop.code == 2  # noqa: PT017


def test_a_server_that_cuts_its_replies_leaves_the_rest_of_the_check(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_vault(vault, MANY + "## x.md\n[[Tapez]]\n")
    with OpenAIServer(Answer([delta("{"), CUT])) as server:
        (vault / "notec.toml").write_text(f'[model]\nurl = "{server.url}"\n', encoding="utf-8")
        assert notec(vault, "check", "--deep", "--ignore", "unresolved-link") == 2
        assert notec(vault, "check", "--deep") == 1
        capsys.readouterr()
        with Workspace.open(vault, vault.parent / "h") as workspace:
            codes = [d.code for d in workspace.check(deep=True)]
    assert codes[:2] == ["deep-stopped", "deep-check"]
    assert "unresolved-link" in codes
    assert capsys.readouterr().out == ""
