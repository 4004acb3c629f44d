"""Requirement ids, as small vaults in both languages: what nobody carries out, states or says twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from notec.check.rules.inconsistency import RULE as INCONSISTENCY
from notec.check.rules.orphan_requirement import RULE as ORPHAN
from notec.check.rules.uncovered_requirement import RULE as UNCOVERED
from small_vaults import findings, short

RULES = (UNCOVERED, ORPHAN, INCONSISTENCY)


def said(tmp_path: Path, vault: str) -> list[str]:
    return short(findings(tmp_path, vault, RULES))


@pytest.mark.parametrize(
    ("spec", "tests"),
    [
        ("- R-1: it must open\n- R-2: it must close\n", "- R-1: opens\n"),
        ("- REQ-001: it must open\n- REQ-002: it must close\n", "- covers REQ-1\n"),
        (
            "**FR-1** It must open.\n\n**FR-2** It must close.\n",
            "| FR-1 | opens |\n|---|---|\n| FR-2 | — |\n",
        ),
        ("- R1. it must open\n- R2. it must close\n", "```python\ndef test_r1_opens(): ...\n```\n"),
        (
            "- ФТ-1: программа должна открыть файл\n- ФТ-2: программа должна закрыть файл\n",
            "- ФТ-1: открывает\n",
        ),
        ("- Требование 1: надо открыть\n- Требование 2: надо закрыть\n", "- по требованию 1: открывает\n"),
        ("- it must open ^r1\n- it must close ^r2\n", "- opens, [[spec#^r1]]\n"),
        ("1. `R-1` it must open\n\n2. `R-2` it must close\n", "- opens (R-1)\n"),
        ("| R-1 | it must open |\n|---|---|\n| R-2 | it must close |\n", "- opens (R-1)\n"),
    ],
)
def test_a_requirement_that_nothing_refers_to(tmp_path: Path, spec: str, tests: str) -> None:
    vault = f"## spec.md\n# Requirements\n\n{spec}\n## t.md\n# Tests\n\n{tests}\n"
    line = 5 if "\n\n" in spec or "|--" in spec else 4
    assert said(tmp_path, vault) == [f"uncovered-requirement spec.md:{line}"]


@pytest.mark.parametrize(
    "elsewhere",
    [
        "",  # nobody traces anything
        "# Diary\n\nRead R-1 today.\n",  # no trace either
        "# Tests\n\n- R-1 and R-2: opens and closes\n",
        "# Tests\n\n- R-1..R-2\n",
        "# Tests\n\n- R-1\n\n# Diary\n\nRead R-2 today.\n",  # spoken of is not forgotten
        "# Tests\n\n- R-7: of another one\n",
        "# План\n\n1. R-1\n2. R-002\n",
    ],
)
def test_where_nothing_is_traced_or_all_is(tmp_path: Path, elsewhere: str) -> None:
    vault = f"## spec.idea\n- R-1: it must open\n- R-2: it must close\n## t.md\n{elsewhere}\n"
    assert said(tmp_path, vault) == []


def test_a_reference_that_may_mean_any_of_many_specs_says_nothing(tmp_path: Path) -> None:
    spec = "- R-1: it must open\n- R-2: it must close\n"
    vault = "".join(f"## {x}/s.idea\n{spec}\n## {x}/t.md\n# Tests\n\n- R-1: opens\n" for x in "abc")
    vault += "## z/t.md\n# Tests\n\n- R-2: of which one?\n"
    assert said(tmp_path, vault) == [f"uncovered-requirement {x}/s.idea:2" for x in "abc"]


def test_what_was_withdrawn_needs_no_test(tmp_path: Path) -> None:
    spec = "- R-1: it must open\n- R-2: withdrawn\n- R-3: отменено\n"
    assert said(tmp_path, f"## s.idea\n{spec}\n## t.md\n# Tests\n\n- R-1: opens\n- R-2: is gone\n") == []


def test_a_reference_to_another_spec_of_the_same_ids_covers_nothing(tmp_path: Path) -> None:
    spec = "- R-1: it must open\n- R-2: it must close\n"
    tests = "# Tests\n\n- R-1: opens\n"
    vault = (
        f"## a/s.idea\n{spec}\n- R-3: it must ring\n## b/s.idea\n{spec}\n## a/t.md\n{tests}- R-2, R-3: rest\n"
    )
    vault += f"## b/t.md\n{tests}- R-3: rings\n"
    assert said(tmp_path, vault) == ["orphan-requirement b/t.md:4", "uncovered-requirement b/s.idea:2"][::-1]


def test_two_specs_with_the_same_ids(tmp_path: Path) -> None:
    spec = "- R-1: it must open\n- R-2: it must close\n"
    vault = f"## a/s.idea\n{spec}\n## b/s.idea\n{spec}\n## a/t.md\n# Tests\n\n- R-1: opens\n- R-2: closes\n"
    assert said(tmp_path, vault) == []
    vault = vault.replace("- R-2: closes\n", "")
    assert said(tmp_path, vault) == ["uncovered-requirement a/s.idea:2"]


def test_within_one_note(tmp_path: Path) -> None:
    vault = "## a.idea\n# Door\n\n- R-1: it must open\n- R-2: it must close\n\n## Tests\n\n- R-1: opens\n"
    assert said(tmp_path, vault) == ["uncovered-requirement a.idea:4"]


@pytest.mark.parametrize(
    "line", ["- R-7: an empty vault", "- R-1, R-9: twice", "- по R-10", "- R-1.5 and R-1", "```\n# R-7\n```"]
)
def test_a_reference_to_what_nobody_states(tmp_path: Path, line: str) -> None:
    vault = f"## s.idea\n- R-1: it must open\n## t.md\n# Тесты\n\n- R-1: opens\n{line}\n"
    found = said(tmp_path, vault)
    assert [f.split(":")[0] for f in found] == ["orphan-requirement t.md"]


@pytest.mark.parametrize(
    "line",
    [
        "- R-7 was removed",
        "- R-7: отменено",
        "- R-134a is a gas",
        "- see https://example.org/R-7/x",
        "- the path x/R-7 and C-R-7",
        "- R7 is a resistor",
        "- B-7: of another kind",
    ],
)
def test_what_only_looks_like_one(tmp_path: Path, line: str) -> None:
    vault = f"## s.idea\n- R-1: it must open\n## t.md\n# Tests\n\n- R-1: opens\n{line}\n"
    assert said(tmp_path, vault) == []


def test_a_note_that_traces_nothing_may_speak_of_anything(tmp_path: Path) -> None:
    vault = "## s.idea\n- R-1: it must open\n## t.md\n# Tests of glass\n\n- R-7: thick\n- R-8: thin\n"
    assert said(tmp_path, vault) == []


@pytest.mark.parametrize(
    "steps",
    [
        "# open\n\n- open the file (R-1)\n- close the file (R-2)\n- draw a flower\n",
        "# open\n\nstep open  # R-1\nstep close  # R-2\nstep draw\n",
        "def a(x):  # R-1\n    return x\n\ndef b(x):\n    return x  # R-2\n\ndef draw(x):\n    return 1\n",
        "# Модули\n\n## Открыть\n\nПо R-1.\n\n## Закрыть\n\nПо R-2.\n\n## Цветок\n\nРисует.\n",
    ],
)  # fmt: skip
def test_a_step_that_names_none_where_its_siblings_do(tmp_path: Path, steps: str) -> None:
    vault = f"## s.idea\n- R-1: it must open\n- R-2: it must close\n## p.pseudo\n{steps}\n"
    found = findings(tmp_path, vault, RULES)
    assert [f.code for f in found] == ["orphan-requirement"]
    assert "names no requirement" in found[0].message
    assert (
        (tmp_path / "vault" / "p.pseudo")
        .read_text("utf-8")
        .splitlines()[found[0].line - 1]
        .strip("# -")
        .startswith(("draw", "step draw", "def draw", "Цветок"))
    )


@pytest.mark.parametrize(
    "steps", ["- open (R-1)\n- close\n- draw\n", "- open (R-1)\n- close (R-2)\n", "- a\n- b\n- c\n"]
)
def test_where_few_name_one_the_others_need_not(tmp_path: Path, steps: str) -> None:
    vault = (
        f"## s.idea\n- R-1: it must open\n- R-2: it must close (see R-1)\n## p.pseudo\n# x R-2\n\n{steps}\n"
    )
    assert [f for f in said(tmp_path, vault) if f.startswith("orphan")] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the export must write a PDF file", "the export must write an HTML file"),
        ("The log must keep 10 days of replies.", "The log must keep 20 days of replies."),
        ("It must show links of a note.", "It must not show links of a note."),
        ("Ответ должен приходить за 2 секунды.", "Ответ должен приходить за 5 секунд."),
    ],
)
def test_one_id_that_says_two_things(tmp_path: Path, one: str, other: str) -> None:
    vault = f"## a.idea\n- R-1: {one}\n## b.md\n# Requirements\n\n- R-1: {other}\n"
    found = findings(tmp_path, vault, RULES)
    assert short(found) == ["inconsistency b.md:3"]
    assert (found[0].labels[0].note, found[0].labels[0].line) == ("a.idea", 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The export must write a file.", "The export **must** write a file!"),
        ("The export must write a file of all notes.", "The export must write a file."),  # said more briefly
        ("The kettle must whistle.", "The export must write a PDF file of all notes."),  # of another thing
    ],
)
def test_one_id_that_says_the_same_or_is_of_another_thing(tmp_path: Path, one: str, other: str) -> None:
    vault = f"## a.idea\n- R-1: {one}\n## b.md\n# Requirements\n\n- R-1: {other}\n"
    assert said(tmp_path, vault) == []


def test_in_one_note_an_id_is_one_requirement(tmp_path: Path) -> None:
    vault = "## a.idea\n- R-1: The kettle must whistle.\n- R-1: The lid must close.\n"
    assert said(tmp_path, vault) == ["inconsistency a.idea:2"]
