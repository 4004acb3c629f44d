"""`notec compile` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from notec.front.cli import main
from small_vaults import write_vault

IDEA = """\
## words.idea
# Слова

- Программа должна считать слова в тексте.
- Нельзя менять файл.

Пример: `count("а б") -> 2`
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "vault").mkdir()
    write_vault(tmp_path / "vault", IDEA)
    return tmp_path


def run(place: Path, *words: str) -> int:
    where = ["--vault", str(place / "vault"), "--home", str(place / "home"), "compile"]
    return main([*where, *words, "--out", str(place / "build")])


def test_a_table_a_page_and_what_is_missing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "words.idea") == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[0].split() == ["id", "kind", "priority", "requirement", "place"]
    assert "R1  function     must      Программа должна считать слова в тексте.  words.idea:3" in out
    assert "R2  prohibition" in out
    assert "needs a model" in err
    page = (place / "build/requirements.md").read_text(encoding="utf-8")
    assert "# Требования: Слова" in page
    assert "- Пример: `count('а б')` → `2`" in page
    assert "«Нельзя менять файл.»" in page


def test_stop_after_a_pass_is_fine(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "words.idea", "--stop-after", "requirements") == 0
    assert capsys.readouterr().err == ""


def test_json_is_one_object(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "words.idea", "--json", "--stop-after", "requirements") == 0
    data = json.loads(capsys.readouterr().out)
    assert [r["id"] for r in data["requirements"]] == ["R1", "R2"]
    assert data["requirements"][0]["because"][0]["line"] == 3
    assert data["finished"] == ["requirements"]


def test_a_dry_run_forecasts(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "words.idea", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "would ask the model" in out
    assert "tokens to read" in out
    assert not (place / "build").exists()


def test_mistakes_are_two(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "nothing.idea") == 2
    assert run(place, "words.idea", "--stop-after", "nothing") == 2
    assert run(place, "words.idea", "--why", "R99") == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_contradiction_is_a_finding(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "vault/words.idea").write_text(
        "# Б\n\n- Программа должна хранить пароли.\n- Программа не должна хранить пароли.\n", encoding="utf-8"
    )
    assert run(place, "words.idea") == 1
    assert "words.idea:3 and words.idea:4" in capsys.readouterr().err
    assert run(place, "words.idea", "--force", "--stop-after", "requirements") == 0
