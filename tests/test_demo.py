"""What the README shows of the demo is what it prints, and its recorded replies are up to date."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from notec.passes.sandbox import find_sandbox

ROOT = Path(__file__).parent.parent
SECONDS = re.compile(r" in \d+\.\d s")
AGAIN = "a prompt or the idea changed: run `python examples/record.py`"


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    home = tmp_path_factory.mktemp("demo") / "home"
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "demo.py"), str(home)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, f"{AGAIN}\n{done.stderr}"
    assert done.stderr == ""
    return SECONDS.sub("", done.stdout)


def test_the_readme_shows_what_the_demo_prints(printed: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(\$ notec --vault examples/vault .*?)\n```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        assert SECONDS.sub("", block) in printed


def test_an_idea_becomes_code_that_passes_its_tests(printed: str) -> None:
    if find_sandbox().sandbox is None:
        assert "R1: unverified" in printed
    else:
        assert [f"R{n}: done" in printed for n in range(1, 7)] == [True] * 6


def test_it_says_that_its_replies_are_recorded_and_shows_why_a_line_is_there(printed: str) -> None:
    assert "No model runs here: its replies to the next command are recorded ones." in printed
    shown = printed[printed.index("Why is this line there?") :]
    for part in ("src/will_it_fit/memory.py:", "pseudo-code  F2.", "module       C1", "requirement  R3"):
        assert part in shown
    assert "words        Ideas/Will it fit/Will it fit.idea:9  «It is `tight` when less than 10 GB" in shown


def test_the_check_finds_what_is_planted(tmp_path: Path) -> None:
    vault = ROOT / "examples" / "vault"
    done = subprocess.run(
        [sys.executable, "-m", "notec.front.cli", "--vault", vault, "--home", tmp_path / "home", "check"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    planted = {
        "780 W here, 850 W in Hardware/Workstation.md:10",
        "4 TB here, 2 TB in Hardware/Диск.md:7",
        "нельзя here, можно in Заметки/Сервер для друзей.md:5",
    }
    across = {"96 GB here, 98 ГБ in Hardware/Больше памяти.md:16"}  # the one told in two languages
    clashes = {*re.findall(r"(?:conflict|clash)\]: (.+)", done.stdout)}
    assert planted <= clashes <= planted | across
    assert "no note 'Тихие вентиляторы' in the vault" in done.stdout
    assert "nobody can test 'fast'" in done.stdout
