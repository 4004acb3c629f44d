"""A brief says what the vault says: in three parts, once, with every footnote at its place."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.ask import Brief, brief_note
from notec.core import NotecError
from notec.facts.words import language
from notec.front.cli import main
from notec.index import Index, Settings
from notec.models import Request, Scripted
from notec.vault import parse_markdown
from notec.vault.read import read
from notec.vault.resolve import Resolver
from notec.vault.subpath import match_block, match_heading

MEMORY = """\
# Память забывает

Решения теряются: через год никто не помнит, почему выбрали именно эту плату.
Если причины не записаны, тот же спор повторяется каждый год и стоит нескольких вечеров.
Выход простой: записывать решение вместе с причинами, см. [[Журнал решений]].
"""
JOURNAL = """\
# Журнал решений

Журнал хранит решения о платах и их причины.

## Как вести

Рекомендуется вести журнал каждый вечер, пока причины свежи. ^rule

## Риски

Без записанных причин спор о плате теряется в переписке. ^risk
"""
ENGLISH = "# A log\n\nThe problem is that decisions are lost. Keep the log short, see [[Память забывает]].\n"
PAGE = """\
---
title: Функция GetThing
---
# Функция GetThing

Извлекает дескриптор вещи.

## Параметры

*hThing* \\[ in \\]
Дескриптор вещи. Этот параметр может иметь значение NULL.

## Возвращаемое значение

Если функция выполняется успешно, возвращаемое значение равно TRUE.
В противном случае возвращается значение FALSE.

## Замечания

Используйте функцию CloseThing, чтобы освободить дескриптор.
Необходимо задать размер буфера перед вызовом.

| Требование | Значение |
|---|---|
| Минимальная версия клиента | Windows 2000 |
"""


def index_of(folder: Path, files: dict[str, str]) -> Index:
    for path, text in files.items():
        place = folder / "vault" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    index = Index.open(folder / "vault", folder / "home", Settings(workers=1))
    index.update()
    return index


@pytest.fixture
def index(tmp_path: Path) -> Index:
    files = {
        "Память забывает.md": MEMORY,
        "Журнал решений.md": JOURNAL,
        "A log.md": ENGLISH,
        "GetThing.md": PAGE,
    }
    return index_of(tmp_path, files)


def check(brief: Brief, index: Index) -> None:
    """Every claim once, every citation at its place in another note, every link to that place."""
    text = brief.markdown()
    note = parse_markdown("notec/brief.md", text).value
    parts = (brief.problem, brief.consequences, brief.solution)
    claims = [claim for part in parts for claim in part]
    assert len({claim.text for claim in claims}) == len(claims)
    cited = [c for claim in claims for c in claim.because]
    cited += [c for part in brief.parts.values() for related in part.related for c in related.because]
    for citation in cited:
        assert citation.note != brief.note
        assert index.text(citation.note)[slice(*citation.span)] == citation.quote
        assert index.text(citation.note)[: citation.span.start].count("\n") + 1 == citation.line
    own = {plain_text for row in index.statements(brief.note) for plain_text in [row.id]}
    assert not own & {c.statement for c in cited if c.note == brief.note}
    assert [h.level for h in note.headings] == [1, 2, 2, 2]
    references = [f.label for f in note.footnotes if f.kind == "reference"]
    definitions = [f.label for f in note.footnotes if f.kind == "definition"]
    assert sorted(set(references)) == sorted(definitions)
    resolver = Resolver(
        [(path, known.aliases if (known := index.note(path)) else ()) for path in index.notes()]
    )
    for link in note.links:
        if link.kind == "autolink":
            continue
        path = resolver.resolve(link.target, "notec/brief.md", link.kind).path
        assert path
        assert path != brief.note
        there = read(index.root, path).value
        assert there is not None
        assert not link.heading or match_heading(there.headings, link.heading) >= 0
        assert not link.block or match_block(there.block_ids, link.block) >= 0
    for part in brief.parts.values():
        assert bool(part.claims) != bool(part.missing)
        notes = [related.note for related in part.related]
        assert len(set(notes)) == len(notes)
        assert all(related.why for related in part.related)


def test_three_parts_of_a_note(index: Index) -> None:
    brief = brief_note(index, "Память забывает.md")
    check(brief, index)
    assert brief.problem[0].text.startswith("Решения теряются")
    assert brief.consequences[0].text.startswith("Если причины не записаны")
    assert brief.solution[0].text.startswith("Выход простой")
    assert brief.language == "ru"
    assert not brief.refused


def test_the_notes_own_words_have_no_footnote_and_those_of_others_have_one(index: Index) -> None:
    brief = brief_note(index, "Память забывает.md")
    assert not brief.solution[0].because
    other = brief.solution[1]
    assert other.text == "Рекомендуется вести журнал каждый вечер, пока причины свежи."
    assert [c.note for c in other.because] == ["Журнал решений.md"]
    assert "[[Журнал решений#^rule]], строка 7: «Рекомендуется" in brief.markdown()


def test_relevant_notes_say_why(index: Index) -> None:
    brief = brief_note(index, "Память забывает.md")
    related = brief.parts["solution"].related
    assert "Журнал решений.md" in [r.note for r in related]
    assert any("заметка на неё ссылается" in r.why for r in related)
    assert "- [[Журнал решений]] — заметка на неё ссылается" in brief.markdown()


def test_the_paragraph_keeps_to_the_language_of_the_note(index: Index) -> None:
    brief = brief_note(index, "Память забывает.md")
    for part in (brief.problem, brief.consequences, brief.solution):
        assert {language(claim.text) for claim in part} <= {"ru"}
    assert "## В чём проблема" in brief.markdown()
    english = brief_note(index, "A log.md")
    check(english, index)
    assert "## What the problem is" in english.markdown()
    assert {language(claim.text) for claim in english.problem} == {"en"}


def test_a_page_that_states_no_problem_says_so(index: Index) -> None:
    brief = brief_note(index, "GetThing.md")
    check(brief, index)
    assert brief.refused
    assert brief.problem == brief.consequences == brief.solution == ()
    assert brief.markdown().count("Хранилище") == 3


def test_an_empty_note_and_a_stub(tmp_path: Path) -> None:
    index = index_of(
        tmp_path,
        {
            "Empty.md": "",
            "Плата.md": "# Плата\n\nКупить плату? См. [[Память забывает]].\n",
            "Память забывает.md": MEMORY,
            "Журнал решений.md": JOURNAL,
        },
    )
    empty = brief_note(index, "Empty.md")
    check(empty, index)
    assert empty.refused
    assert empty.language == "en"
    stub = brief_note(index, "Плата.md")
    check(stub, index)
    assert any(c.note == "Память забывает.md" for claim in stub.problem for c in claim.because)


def test_a_chat_export(tmp_path: Path) -> None:
    chat = (
        ">[!nexus_user] **User** - 28.07.2025 at 12:33\n><!-- UID: 1 -->\n"
        ">Есть ли смысл держать модель дома?\n\n"
        ">[!nexus_agent] **M** - 28.07.2025 at 12:39\n><!-- UID: 2 -->\n"
        ">Главная трудность: памяти не хватает.\n>\n"
        ">- Если ничего не менять, ответы будут вдвое медленнее.\n>\n"
        ">Как решить: начать с малого и измерять.\n"
    )
    index = index_of(tmp_path, {"Чат.md": chat})
    brief = brief_note(index, "Чат.md")
    check(brief, index)
    assert [claim.text for claim in brief.problem] == [
        "Есть ли смысл держать модель дома?",
        "Главная трудность: памяти не хватает.",
    ]
    assert [len(p) for p in (brief.consequences, brief.solution)] == [1, 1]


def test_a_statement_that_leans_on_the_one_before_takes_it_along(tmp_path: Path) -> None:
    text = "# T\n\nThe disk is full.\nIt is too slow as well.\n\n## Other\n\nOtherwise the work is lost.\n"
    brief = brief_note(index_of(tmp_path, {"T.md": text}), "T.md")
    assert [claim.text for claim in brief.problem] == ["The disk is full.", "It is too slow as well."]
    assert brief.consequences == ()


def test_a_huge_note_is_weighed_in_part_and_that_is_said(tmp_path: Path) -> None:
    text = "The problem is that the disk is full.\n\n" + "".join(
        f"Line number {n} of many.\n\n" for n in range(3100)
    )
    brief = brief_note(index_of(tmp_path, {"Huge.md": text}), "Huge.md")
    assert [d.code for d in brief.diagnostics] == ["long-note"]
    assert brief.problem


def test_no_such_note(index: Index) -> None:
    with pytest.raises(NotecError, match=r"gone\.md"):
        brief_note(index, "gone.md")


def numbers(request: Request, *starts: str) -> list[int]:
    lines = request.messages[-1].content.splitlines()
    found = [
        int(m[1])
        for line in lines
        for s in starts
        if (m := re.match(r"\[(\d+)\] (?:\([^)]*\) )?(.*)", line)) and m[2].startswith(s)
    ]
    assert len(found) == len(starts)
    return found


def test_a_model_only_names_numbers(index: Index) -> None:
    def reply(request: Request) -> str:
        problem = numbers(request, "Выход простой", "Без записанных причин")
        solution = numbers(request, "Выход простой", "Решения теряются")  # the first is taken already
        return json.dumps({"problem": [*problem, 999, True], "consequences": [], "solution": solution})

    brief = brief_note(index, "Память забывает.md", model=Scripted(reply))
    check(brief, index)
    assert [c.text[:12] for c in brief.problem] == ["Выход просто", "Без записанн"]
    assert [c.text[:12] for c in brief.solution] == ["Решения теря"]
    assert brief.consequences == ()
    assert brief.parts["consequences"].missing
    assert [d.text for d in brief.dropped] == ["[999]"]


@pytest.mark.parametrize("reply", ["", "no JSON here", '{"problem": 3}', '{"problem": [777]}', "[" * 5000])
def test_a_model_that_is_no_help_is_reported_and_done_without(index: Index, reply: str) -> None:
    brief = brief_note(index, "Память забывает.md", model=Scripted([reply]))
    assert [d.code for d in brief.diagnostics] == ["model-failed"]
    assert brief.parts == brief_note(index, "Память забывает.md").parts


def test_a_model_that_cannot_be_asked_is_reported(index: Index) -> None:
    brief = brief_note(index, "Память забывает.md", model=Scripted([]))
    assert [d.code for d in brief.diagnostics] == ["model-failed"]
    assert brief.problem


PIECES = st.sampled_from(
    [
        "# Проблема\n\n",
        "## Solution: [x] | #1\n\n",
        "Проблема в том, что `код` слишком медленный. ",
        "Если [[a|ничего]] не менять, всё будет потеряно^[note]. ",
        "Рекомендуется записывать решение о коде[^1]. ",
        "The problem is that the code is too slow <b>here</b>. ",
        "- [ ] Keep the code short ^id1\n",
        "| the problem | of a table |\n|---|---|\n| code is lost | yes |\n\n",
        "> [!note] It is lost\n> Otherwise the code is lost, see [[b#Solution]]. \n\n",
        "[^1]: The problem is too hard to solve.\n\n",
        "\n\n",
        "![[c.png]] %% the problem %% $x$ ",
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_any_vault(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    names = ["a.md", "b.md", "Folder/a.md", "C# [draft].md"]
    index = index_of(tmp_path_factory.mktemp("any"), dict(zip(names, texts, strict=False)))
    with index:
        for path in index.notes():
            check(brief_note(index, path), index)


def test_the_command_folds_lines_and_breaks_no_link(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "Очень длинное название журнала решений о платах и памяти для домашней машины и не только"
    with index_of(
        tmp_path, {"Память забывает.md": MEMORY.replace("Журнал решений", long), f"{long}.md": JOURNAL}
    ):
        pass
    options = ["--vault", str(tmp_path / "vault"), "--home", str(tmp_path / "home")]
    assert main([*options, "brief", "Память забывает"]) == 0
    shown = capsys.readouterr().out
    assert main([*options, "brief", "Память забывает", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert shown.split() == data["markdown"].split()
    assert f"[[{long}]]" in shown
    assert len(data["problem"]["claims"]) == 1
    assert main([*options, "brief", "Память забыла"]) == 2
    assert "did you mean" in capsys.readouterr().err
