"""The command line as a user meets it: what it prints, how it ends, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from notec.front.cli import VERBS, main

VAULT = Path(__file__).parent.parent / "examples" / "vault"
QUESTION = "does it make sense to run a very large model at home?"


@pytest.fixture(scope="session")
def example_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example vault, indexed once for all tests that only read."""
    home = tmp_path_factory.mktemp("example") / "home"
    assert main(["--vault", str(VAULT), "--home", str(home), "index"]) == 0
    return home


class Cli:
    """Runs commands against one vault and one home, in this process."""

    def __init__(self, vault: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.base = ["--vault", str(vault), "--home", str(home)]
        self.capsys = capsys
        self.err = ""

    def __call__(self, *words: str, code: int = 0) -> str:
        self.capsys.readouterr()
        found = main([*self.base, *words])
        out, self.err = self.capsys.readouterr()
        assert found == code, (found, out, self.err)
        assert "Traceback" not in out + self.err
        return out

    def lines(self, *words: str, code: int = 0) -> list[dict[str, object]]:
        return [json.loads(line) for line in self(*words, "--json", code=code).splitlines()]


@pytest.fixture
def cli(example_home: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(VAULT, example_home, capsys)


def test_ask_answers_with_places(cli: Cli) -> None:
    out = cli("ask", QUESTION)
    assert "Decisions/Giant at home.md:8" in out
    (answer,) = cli.lines("ask", QUESTION)
    assert answer["refused"] is False
    claims = answer["claims"]
    assert isinstance(claims, list)
    for claim in claims:
        for place in claim["because"]:
            text = (VAULT / place["note"]).read_text(encoding="utf-8")
            start, end = place["span"]
            assert text[start:end] == place["quote"]
            assert text.count("\n", 0, start) + 1 == place["line"]


def test_ask_refuses_with_code_1_and_shows_what_came_nearest(cli: Cli) -> None:
    out = cli("ask", "Какая погода была в Лиссабоне прошлым летом?", code=1)
    assert "в хранилище этого нет" in out


def test_search_prints_one_object_a_hit(cli: Cli) -> None:
    hits = cli.lines("search", "memory bandwidth", "--limit", "3")
    assert len(hits) == 3
    assert hits[0]["note"] == "Hardware/Memory bandwidth.md"
    assert cli("search", "qqqqzzzz", code=1) == "nothing found\n"


def test_russian_forms_meet(cli: Cli) -> None:
    hits = cli.lines("search", "настольные платы", "--limit", "5")
    assert "Hardware/Больше памяти.md" in [hit["note"] for hit in hits]


def test_many_queries_from_a_file_and_from_standard_input(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    file = tmp_path / "queries.txt"
    file.write_text("\ufeffmemory\n\nпамять\n", encoding="utf-8")
    assert [row["query"] for row in cli.lines("search", "--from", str(file))] == ["memory", "память"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("memory\n"))
    assert [row["query"] for row in cli.lines("search", "--from", "-")] == ["memory"]
    assert [row["question"] for row in cli.lines("ask", "--from", str(file))] == ["memory", "память"]


def test_filters_narrow(cli: Cli) -> None:
    hits = cli.lines("search", "электричество", "--language", "en", code=1) or []
    assert hits == []
    found = cli.lines("search", "модель", "--folder", "Chats", "--role", "assistant")
    assert {str(hit["note"]).split("/", 1)[0] for hit in found} == {"Chats"}
    assert "no date" in (cli("search", "x", "--since", "gestern", code=2) or cli.err)


def test_show_links_status_doctor(cli: Cli) -> None:
    (first, *_) = cli.lines("show", "Decisions/Giant at home.md:8")
    assert str(first["text"]).startswith("Running a very large model")
    assert cli.lines("show", str(first["id"])) == [first]
    assert cli("show", "Decisions/Giant at home.md:999", code=1) == ""
    assert "no statement stands at" in cli.err
    (links,) = cli.lines("links", "giant at home")
    assert links["note"] == "Decisions/Giant at home.md"
    (status,) = cli.lines("status")
    assert status["notes"]
    assert {row["state"] for row in cli.lines("doctor")} <= {"fine", "remark"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "Giant at hom"], "did you mean"),
        (["brief", "No such note at all"], "no note"),
        (["search", "  "], "no question was given"),
        (["search", "--limit", "0", "x"], "a limit of 0"),
        (["search", "--limit", "many", "x"], "invalid int value"),
        (["ask", "--limit", "0", "x"], "a limit of 0"),
        (["search", "x", "--from", "y"], "use one of them"),
        (["ask", "--from", "/no/such/file"], "/no/such/file"),
        (["ask", "--mode", "compose", "what?"], "compose needs a model"),
        (["sarch", "x"], "invalid choice"),
        (["search", "--folder"], "expected one argument"),
    ],
)
def test_what_cannot_run_says_the_way_out_with_code_2(cli: Cli, words: list[str], said: str) -> None:
    assert cli(*words, code=2) == ""
    assert said in cli.err
    assert "notec: error:" in cli.err


def test_no_index_yet_and_no_vault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = Cli(VAULT, tmp_path / "none", capsys)
    new("search", "x", code=2)
    assert "not indexed yet" in new.err
    assert "notec" in new.err
    gone = Cli(tmp_path / "gone", tmp_path / "home", capsys)
    gone("index", code=2)
    assert "no such folder" in gone.err
    file = tmp_path / "file.md"
    file.write_text("x", encoding="utf-8")
    Cli(file, tmp_path / "home", capsys)("index", code=2)


def test_an_empty_vault_is_fine(vault: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = Cli(vault, tmp_path / "home", capsys)
    assert "0 notes" in empty("index")
    empty("search", "x", code=1)
    empty("ask", "what?", code=1)
    empty("status")


def test_json_says_where_a_result_was_saved(
    vault: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / "Roof.md").write_text("# Roof\n\nThe roof needs a new gutter soon.\n", encoding="utf-8")
    some = Cli(vault, tmp_path / "home", capsys)
    some("index")
    for words in (["ask", "what does the roof need?"], ["research", "Roof"]):
        (found,) = some.lines(*words, "--save")
        assert (vault / str(found["saved"])).is_file()


def test_names_of_every_kind(vault: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [
        "emoji 🙂.md",
        "trailing .md",
        "quo'te\".md",
        "a?b*.md",
        "-dash.md",
        "new\nline.md",
        "e\u0301.md",
    ]
    for name in names:
        (vault / name).write_text(f"Слово внутри {name!r}.\n", encoding="utf-8")
    (vault / os.fsdecode(b"bad\xff.md")).write_text("Слово.\n", encoding="utf-8")
    some = Cli(vault, tmp_path / "home", capsys)
    some("index")
    assert "bad-name" in some.err
    assert len(some.lines("search", "слово", "--limit", "20")) == len(names)
    some("search", "слово", "--limit", "20")


def test_a_wrong_setting_names_file_key_and_way_out(
    vault: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / "notec.toml").write_text("[serch]\ngraph = 1\n", encoding="utf-8")
    wrong = Cli(vault, tmp_path / "home", capsys)
    wrong("index", code=2)
    assert "notec.toml" in wrong.err
    assert "serch" in wrong.err


def test_help_of_all_verbs_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(verb in out for verb in VERBS)


def run(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-m", "notec.front.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_quiet_when_piped_and_found_by_environment(example_home: Path) -> None:
    environment = {**os.environ, "NOTEC_VAULT": str(VAULT), "NOTEC_HOME": str(example_home)}
    done = run("search", "memory", env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout


def test_the_library_is_imported_only_when_used() -> None:
    heavy = "numpy tantivy sqlite3 yaml pymorphy3 pint httpcore rich watchfiles argparse"
    code = (
        "import sys, notec; from notec.front.cli import main; main(['--version']);"
        f"print([m for m in {heavy.split()} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_goes_away_is_no_failure(example_home: Path) -> None:
    search = [
        sys.executable,
        "-m",
        "notec.front.cli",
        "--vault",
        str(VAULT),
        "--home",
        str(example_home),
        "search",
    ]
    command = (
        f"{shlex.join([*search, 'память', '--json', '--limit', '20'])} | head -n 1; echo ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr
    assert done.stdout.splitlines()[-1] == "0"


def test_without_a_configured_server_no_socket_is_made(example_home: Path) -> None:
    code = (
        "import socket, sys\n"
        "def no(*a, **k): raise SystemExit('a socket was made')\n"
        "socket.socket.__init__ = no\n"
        "from notec.front.cli import main\n"
        f"base = ['--vault', {str(VAULT)!r}, '--home', {str(example_home)!r}]\n"
        f"for words in (['index'], ['ask', {QUESTION!r}], ['search', 'память'], ['brief', 'Гигант дома'],"
        " ['research', 'Гигант дома'], ['status'], ['doctor']):\n"
        "    assert main([*base, *words]) == 0, words\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, "socket" in done.stderr) == (0, False), done.stderr[-500:]


def test_status_tells_how_far_the_index_is_behind(
    vault: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / "a.md").write_text("One.\n", encoding="utf-8")
    (vault / "b.md").write_text("Two.\n", encoding="utf-8")
    some = Cli(vault, tmp_path / "home", capsys)
    some("index")
    assert some.lines("status")[0]["behind"] == {"new": 0, "changed": 0, "gone": 0}
    (vault / "a.md").write_text("One more.\n", encoding="utf-8")
    (vault / "b.md").unlink()
    (vault / "c.md").write_text("Three.\n", encoding="utf-8")
    assert some.lines("status")[0]["behind"] == {"new": 1, "changed": 1, "gone": 1}
