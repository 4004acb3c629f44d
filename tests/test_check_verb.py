"""`notec check` and `notec explain` as a user meets them."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import pytest

from notec import Workspace
from notec.core import NotecError
from notec.front.cli import main
from notec.index import Index, Progress
from small_vaults import write_vault

BAD = "## a.md\n# A\nSee [[Targt]].\n## Target.md\nSee [[a]].\n"
GOOD = "## a.md\nSee [[b]].\n## b.md\nText.\n"


def notec(vault: Path, *words: str) -> int:
    return main(["--vault", str(vault), "--home", str(vault.parent / "home"), *words])


def test_a_finding_is_shown_with_its_line_and_a_mark_below(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_vault(vault, BAD)
    assert notec(vault, "check") == 1
    assert capsys.readouterr().out == (
        "error[unresolved-link]: no note 'Targt' in the vault\n"
        " --> a.md:2:5\n"
        "  |\n"
        "2 | See [[Targt]].\n"
        "  |     ^^^^^^^^^\n"
        "  = note: did you mean 'Target'?\n"
        "  = help: link to Target.md (--unsafe-fixes does it)\n"
        "\n1 error\n"
    )


def test_a_clean_vault_and_an_empty_one(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert notec(vault, "check") == 0
    assert capsys.readouterr().out == f"warning[no-notes]: {vault}: no notes in this folder\n\n1 warning\n"
    write_vault(vault, GOOD)
    assert notec(vault, "check") == 0
    assert capsys.readouterr().out == "nothing to say against it\n"


@pytest.mark.parametrize("when", ["scan", "read", "checking"])
@pytest.mark.parametrize("kind", ["gone", "empty"])
def test_a_vault_that_vanishes_during_the_run(
    vault: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, when: str, kind: str
) -> None:
    elsewhere, baseline = vault.parent / "elsewhere", vault.parent / "known.json"
    write_vault(vault, BAD + "".join(f"## {n}.md\n[[a]]\n" for n in range(60)))
    words = ("check", "--baseline", str(baseline))
    assert notec(vault, *words, "--write-baseline") == 0
    known = baseline.read_bytes()
    for n in range(60):
        (vault / f"{n}.md").write_text(f"# {n}\n\n[[a]] and [[Targt]]\n")
    capsys.readouterr()

    def vanish(now: Progress) -> None:
        if now.stage == when and not elsewhere.exists():
            vault.rename(elsewhere)
            if kind == "empty":  # the mount point stays when its disk goes
                vault.mkdir()

    with monkeypatch.context() as patch:
        patch.setattr("notec.front.progress.progress_bar", lambda: nullcontext(vanish))
        code = notec(vault, *words, "--write-baseline")
        said = capsys.readouterr()
    if (kind, when) == ("empty", "checking"):  # all was read before it went
        assert code == 0
    else:
        assert (code, said.out, baseline.read_bytes()) == (2, "", known)
        assert (
            "cannot read the vault" in said.err or "not there any more" in said.err or "mounted?" in said.err
        )
    assert "Traceback" not in said.err
    baseline.write_bytes(known)
    if kind == "empty":
        vault.rmdir()
    elsewhere.rename(vault)
    with Index.open(vault, vault.parent / "home") as index:
        assert len(index.notes()) == 62  # it has lost nothing
    assert notec(vault, *words, "--format", "concise") == 1
    assert capsys.readouterr().out.count("no note 'Targt'") == 60


def test_every_format_names_the_place(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_vault(vault, BAD)
    assert notec(vault, "check", "--format", "concise") == 1
    assert capsys.readouterr().out == "a.md:2:5: error[unresolved-link] no note 'Targt' in the vault\n"
    assert notec(vault, "check", "--format", "github") == 1
    assert capsys.readouterr().out.startswith("::error file=a.md,line=2,col=5,endColumn=14,title=unresolved")
    assert notec(vault, "check", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["code"], found["note"], found["line"]) == ("unresolved-link", "a.md", 2)


def test_sarif_has_what_the_schema_requires(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_vault(vault, BAD.replace("a.md", "Заметка с пробелом.md").replace("[[a]]", "text"))
    assert notec(vault, "check", "--format", "sarif") == 1
    log = json.loads(capsys.readouterr().out)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    result = next(r for r in run["results"] if r["ruleId"] == "unresolved-link")
    assert rules[result["ruleIndex"]]["id"] == "unresolved-link"
    assert result["level"] in ("none", "note", "warning", "error")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].isascii()
    assert place["region"] == {"startLine": 2, "startColumn": 5, "endColumn": 14}
    assert result["fixes"][0]["artifactChanges"][0]["replacements"][0]["deletedRegion"]["charLength"] == 5


def test_a_rule_that_does_not_exist(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("explain", "unresolved_lnk"), ("check", "--select", "unresolvd-link")):
        assert notec(vault, *words) == 2
        assert "did you mean 'unresolved-link'?" in capsys.readouterr().err
    assert notec(vault, "explain", "unresolved-link") == 0
    assert "## How to mend it" in capsys.readouterr().out
    assert notec(vault, "check", "--list") == 0
    assert "unresolved-link" in capsys.readouterr().out


def test_the_configuration_selects_and_gives_levels(vault: Path) -> None:
    write_vault(vault, BAD + "## Old/c.md\n[[nowhere at all]]\n")

    def found(config: str) -> list[tuple[str, str]]:
        (vault / "notec.toml").write_text(config, encoding="utf-8")
        with Workspace.open(vault, vault.parent / "home") as workspace:
            return [(d.note, d.severity) for d in workspace.check() if d.code == "unresolved-link"]

    assert found("") == [("Old/c.md", "error"), ("a.md", "error")]
    assert found('[check]\nignore = ["unresolved-link"]\n') == []
    assert found('[check]\nselect = ["orphan-note"]\n') == []
    assert found('[check.levels]\n"Old/*" = "off"\nunresolved-link = "info"\n') == [("a.md", "info")]
    with pytest.raises(NotecError, match="did you mean 'orphan-note'"):
        found('[check]\nignore = ["orphan-notes"]\n')
    with pytest.raises(NotecError, match="one of: off"):
        found('[check.levels]\norphan-note = "loud"\n')


def test_a_baseline_hides_what_is_known_wherever_it_moves(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_vault(vault, BAD)
    known = str(vault.parent / "known.json")
    assert notec(vault, "check", "--baseline", known) == 2
    assert "--write-baseline" in capsys.readouterr().err
    assert notec(vault, "check", "--baseline", known, "--write-baseline") == 0
    write_vault(vault, "## a.md\n# A\n\nnew\n\nSee [[Targt]].\n[[nobody wrote this]]\n")
    capsys.readouterr()
    assert notec(vault, "check", "--baseline", known, "--format", "concise") == 1
    assert [line.split(" ")[0] for line in capsys.readouterr().out.splitlines()] == ["a.md:6:1:"]
    Path(known).write_text("[]", encoding="utf-8")
    assert notec(vault, "check", "--baseline", known) == 2
    assert "not a baseline" in capsys.readouterr().err


def test_a_note_can_ask_to_be_let_alone(vault: Path) -> None:
    write_vault(
        vault,
        "## a.md\n[[x y z]] %% notec: ignore unresolved-link %%\n[[x y z]]\n[[x y z]]\n"
        "## b.md\n<!-- notec: ignore -->\n[[x y z]]\n## c.md\n[[a]] [[b]]\n",
    )
    with Workspace.open(vault, vault.parent / "home") as workspace:
        assert [(d.note, d.line) for d in workspace.check()] == [("a.md", 3)]


def test_deep_without_a_model_says_so_and_does_the_rest(vault: Path) -> None:
    write_vault(vault, BAD)
    with Workspace.open(vault, vault.parent / "home") as workspace:
        assert [d.code for d in workspace.check(deep=True)] == ["no-model", "unresolved-link"]


def test_asked_again_the_same_and_after_an_edit_the_new(vault: Path) -> None:
    write_vault(vault, BAD)
    for _ in range(2):  # the second process finds it in the memo
        with Workspace.open(vault, vault.parent / "home") as workspace:
            first = workspace.check()
            assert workspace.check() == first
            assert [d.line for d in first] == [2]
    with Workspace.open(vault, vault.parent / "home") as workspace:
        workspace.check()
        write_vault(vault, "## a.md\n\n\nSee [[Targt]].\n")
        assert [d.line for d in workspace.check()] == [3]
