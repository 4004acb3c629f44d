"""Facts of many notes are judged by another process: it finds what this one would, and may be lost."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.check import RULES
from notec.check.checker import Checker, Sheet, sheet_of
from notec.check.judging import Judge, Judges, judge_all
from notec.check.names import NameTable
from notec.core import Diagnostic
from notec.vault import parse_markdown
from small_vaults import checked
from test_check_laws import EDITS, Small

MEMORY = {
    "Server.md": "The [[Home]] server has 96 GB of RAM.\n",
    "Home.md": "The home [[Server]] has 98 GB of RAM.\n\nСрок сдачи проекта — 5 мая 2024 года.\n",
    "план.md": "Срок сдачи проекта [[Home]] — 7 мая 2024 года.\n",
}


def sheets(texts: dict[str, str]) -> dict[str, Sheet]:
    return {path: sheet_of(parse_markdown(path, text).value, RULES) for path, text in texts.items()}


class Vault:
    """A checker of a vault in memory, whole or without the topics apart."""

    def __init__(self, texts: dict[str, str], is_split: bool) -> None:
        self.texts, self.checker = dict(texts), Checker(RULES)
        self.view = Small(self.texts, NameTable())
        if is_split:
            self.checker.split()
        for path, sheet in sheets(texts).items():
            self.checker.put(path, sheet)
        self.checker.settle(self.view)

    def found(self) -> list[Diagnostic]:
        return self.checker.diagnostics(self.view)

    def edit(self, path: str, text: str | None) -> None:
        if text is None:
            self.texts.pop(path, None)
            self.checker.remove(path)
        else:
            self.texts[path] = text
            self.checker.put(path, sheets({path: text})[path])
        self.checker.settle(self.view)


def test_other_processes_find_the_same() -> None:
    whole, split = Vault(MEMORY, is_split=False), Vault(MEMORY, is_split=True)
    assert whole.found() != split.found()
    with closing(Judges(RULES)) as judges:
        for path, sheet in sheets(MEMORY).items():
            judges.give(path, sheet.apart)
        judges.judge()
        found = judges.found()
    assert found
    split.checker.take(found)
    assert whole.found() == split.found()


def test_a_judge_of_nothing_finds_nothing() -> None:
    with closing(Judge(RULES)) as judge:
        judge.give("a.md", b"")
        judge.judge()
        assert judge.found() == []


@pytest.mark.parametrize("lost", [0, 1])
def test_a_lost_judge_says_so(lost: int) -> None:
    with closing(Judges(RULES)) as judges:
        judges.each[lost].process.kill()
        judges.each[lost].process.join()
        for path, sheet in sheets(MEMORY).items():
            judges.give(path, sheet.apart)
        judges.judge()
        assert judges.found() is None
    whole, split = Vault(MEMORY, is_split=False), Vault(MEMORY, is_split=True)
    split.checker.wake()
    split.checker.settle(split.view)
    assert whole.found() == split.found()


@given(EDITS, EDITS, st.booleans())
def test_after_any_edits_the_same_as_what_was_never_split(
    first: list[tuple[str, str | None]], later: list[tuple[str, str | None]], is_judged: bool
) -> None:
    texts = {**MEMORY, **{path: text for path, text in first if text is not None}}
    whole, split = Vault(texts, is_split=False), Vault(texts, is_split=True)
    if is_judged:
        split.checker.take(
            judge_all(((p, half) for p, s in sheets(texts).items() for half in s.apart), RULES)
        )
    split.checker.wake()
    for path, text in later:
        whole.edit(path, text)
        split.edit(path, text)
        assert whole.found() == split.found()


def test_a_large_vault_is_checked_the_same_and_stays_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = tmp_path / "vault"
    for path, text in MEMORY.items():
        vault.mkdir(exist_ok=True)
        (vault / path).write_text(text, encoding="utf-8")
    with checked(vault, tmp_path / "one") as check:
        found = check.update()
    monkeypatch.setattr("notec.check.vault._MANY", len(MEMORY) - 1)  # what counts as many
    with checked(vault, tmp_path / "two") as check:
        assert check.update() == found
        (vault / "Server.md").write_text("The [[Home]] server has 98 GB of RAM.\n", encoding="utf-8")
        check.index.update()
        after = check.update()
    assert [d.code for d in found if d not in after] == ["value-conflict"]
    with checked(vault, tmp_path / "three") as check:
        assert check.update() == after
