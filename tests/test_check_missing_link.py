"""`missing-link`: what is named and not linked, in both languages, and where a name is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from notec.app.mending import apply
from notec.check.rules.missing_link import RULE
from notec.core import Diagnostic
from small_vaults import checked, findings, short, write_vault

SERVER = "## Home Server.md\nIt never sleeps.\n"
RUSSIAN = "## Домашний сервер.md\nОн не спит.\n"


def mended(text: str, found: list[Diagnostic]) -> str:
    return apply(text, [d.fix for d in found if d.fix])[0]


@pytest.mark.parametrize(
    ("other", "text", "after", "grade"),
    [
        (SERVER, "It is on the Home Server now.\n", "It is on the [[Home Server]] now.\n", "safe"),
        (SERVER, "All home servers hum.\n", "All [[Home Server|home servers]] hum.\n", "unsafe"),
        (RUSSIAN, "Он на домашнем сервере.\n", "Он на [[Домашний сервер|домашнем сервере]].\n", "unsafe"),
        (SERVER, "| a | b |\n|---|---|\n| home server | b |\n", None, "unsafe"),
        (SERVER, "[b](b.md) and Home Server\n", "[b](b.md) and [Home Server](Home%20Server.md)\n", "safe"),
        (
            "## Kubernetes.md\nText.\n",
            "We run Kubernetes there.\n",
            "We run [[Kubernetes]] there.\n",
            "unsafe",
        ),
    ],
)
def test_a_name_becomes_a_link(tmp_path: Path, other: str, text: str, after: str | None, grade: str) -> None:
    found = findings(tmp_path, f"## a.md\n{text}{other}## b.md\nText.\n", [RULE])
    assert [d.code for d in found] == ["missing-link"]
    assert found[0].fix is not None
    assert found[0].fix.grade == grade
    after = after or text.replace("home server", r"[[Home Server\|home server]]")
    assert mended(text, found) == after


def test_an_alias_is_a_name_and_the_link_goes_to_the_note(tmp_path: Path) -> None:
    vault = "## a.md\nAsk the Grey Giant first.\n## x/n1.md\n---\naliases: [Grey Giant]\n---\n# Machine\n"
    (found,) = findings(tmp_path, vault, [RULE])
    assert mended("Ask the Grey Giant first.\n", [found]) == "Ask the [[n1|Grey Giant]] first.\n"
    assert found.fix is not None
    assert found.fix.grade == "unsafe"


@pytest.mark.parametrize(
    "text",
    [
        "See [[Home Server]]. The Home Server hums.",
        "See [it](Home%20Server.md). The Home Server hums.",
        "`Home Server` and [Home Server](https://example.org/) and https://example.org/Home Server/",
        "```\nHome Server\n```\n\n    Home Server",
        "# Home Server\n\n## The Home Server\n\nText.",
        "---\nmachine: Home Server\n---\nText.",
        "We came home. Server rooms are cold.",
        "%% Home Server %% and <b title='Home Server'>x</b>",
        "$Home Server$ #Home Server/x",
        "[^1]\n\n[Home Server]: https://example.org",
    ],
)
def test_no_mention_where_a_name_is_linked_or_no_prose(tmp_path: Path, text: str) -> None:
    assert findings(tmp_path, f"## a.md\n{text}\n{SERVER}", [RULE]) == []


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("May", "It was in May, and You know it."),
        ("The one", "This is the one."),
        ("2025-01-02", "It was on 2025-01-02 there."),
        ("Ветеринар", "Мы едем к ветеринару."),
        ("Server", "The server is on."),
        ("Go", "We Go there."),
    ],
)
def test_a_common_word_is_no_name(tmp_path: Path, title: str, text: str) -> None:
    assert findings(tmp_path, f"## a.md\n{text}\n## {title}.md\nText.\n", [RULE]) == []


def test_what_many_notes_say_without_a_link_is_a_common_word(tmp_path: Path) -> None:
    many = "".join(f"## n{n}.md\nIt has the Home Server inside.\n" for n in range(9))
    assert findings(tmp_path, many + SERVER, [RULE]) == []


def test_two_notes_of_one_name_are_not_guessed_between(tmp_path: Path) -> None:
    vault = "## a.md\nThe Home Server hums.\n## x/Home Server.md\nOne.\n## y/Home Server.md\nTwo.\n"
    assert findings(tmp_path, vault, [RULE]) == []


def test_a_label_that_others_use_for_a_note_is_learned(tmp_path: Path) -> None:
    others = "".join(f"## o{n}.md\nAsk [[n1|the old grey box]] now.\n" for n in range(12))
    vault = f"{others}## a.md\nHe bought the old grey box once.\n## n1.md\n# Machine\n"
    assert short(findings(tmp_path, vault, [RULE])) == ["missing-link a.md:1"]


def test_after_any_change_it_finds_what_a_new_check_finds(tmp_path: Path) -> None:
    vault = (
        write_vault(
            tmp_path, f"## v/a.md\nThe Home Server and the Blue Box hum.\n{SERVER.replace('## ', '## v/')}"
        )
        / "v"
    )
    steps = [
        ("Blue Box.md", "Text.\n"),
        ("b.md", "The Blue Box again, see [[a]].\n"),
        ("a.md", "Now [[Blue Box]] and the Home Server.\n"),
        ("Home Server.md", "---\naliases: [Blue Box]\n---\nText.\n"),
        ("Home Server.md", None),
        ("c.md", "---\ntitle: Home Server\n---\nThe Blue Box\n"),
        ("Blue Box.md", None),
    ]
    with checked(vault, tmp_path / "home", [RULE]) as check:
        assert short(check.update()) == ["missing-link a.md:1"]
        seen = set()
        for n, (name, text) in enumerate(steps):
            if text is None:
                (vault / name).unlink()
            else:
                (vault / name).write_text(text, encoding="utf-8")
            check.index.update()
            after = check.update()
            seen.add(tuple(short(after)))
            with checked(vault, tmp_path / f"home{n}", [RULE]) as anew:
                assert after == anew.update()
        assert len(seen) > 3


def test_a_finding_can_be_ignored_on_its_line(tmp_path: Path) -> None:
    vault = f"## a.md\nThe Home Server hums. %% notec: ignore missing-link %%\n{SERVER}"
    assert findings(tmp_path, vault, [replace(RULE)]) == []
