"""Saved pages: whole, under names that disturb nothing, in notec's own folder and nowhere else."""

import errno
import os
from datetime import datetime
from pathlib import Path

import pytest

from as_nobody import as_nobody
from notec.ask import (
    Answer,
    Chat,
    answer_question,
    brief_note,
    research_note,
    save_page,
    saved_page,
)
from notec.core import NotecError
from notec.front.cli import main
from notec.index import Index, Settings
from notec.vault import parse_markdown
from notec.vault.read import read
from notec.vault.resolve import Resolver

NOTE = """\
# Память забывает

Решения теряются: через год никто не помнит, почему выбрали эту плату.
Если причины не записаны, тот же спор повторяется каждый год.
Выход простой: записывать решение вместе с причинами, см. [[Журнал]].
"""


@pytest.fixture
def index(vault: Path, tmp_path: Path) -> Index:
    (vault / "Заметки").mkdir()
    (vault / "Заметки" / "Память забывает.md").write_text(NOTE, encoding="utf-8")
    (vault / "Журнал.md").write_text(
        "# Журнал\n\nРекомендуется вести журнал каждый вечер.\n", encoding="utf-8"
    )
    index = Index.open(vault, tmp_path / "home", Settings(workers=1))
    index.update()
    return index


def refused(question: str) -> Answer:
    return Answer(question, "select", refused=True, reason="the vault does not say", language="en")


def test_a_brief_an_answer_a_chat_and_research(index: Index) -> None:
    brief = brief_note(index, "Заметки/Память забывает.md")
    answer = answer_question(index, "почему решения теряются?")
    chat = Chat(lambda question: answer_question(index, question))
    chat.say("почему решения теряются?")
    note = read(index.root, "Заметки/Память забывает.md").value
    assert note is not None
    paths = [save_page(index, value, "notec") for value in (brief, answer, chat, research_note(note))]
    assert paths == [
        "notec/Память забывает - разбор.md",
        "notec/почему решения теряются.md",
        "notec/почему решения теряются - чат.md",
        "notec/Память забывает - поиск.md",
    ]
    resolver = Resolver([(path, ()) for path in (*index.notes(), *paths)])
    for path, kind in zip(paths, ("brief", "answer", "chat", "research"), strict=True):
        outcome = read(index.root, path)
        saved = outcome.value
        assert saved is not None
        assert not outcome.diagnostics
        assert saved.properties["notec"] == kind
        marks = {f.label for f in saved.footnotes if f.kind == "reference"}
        assert marks == {f.label for f in saved.footnotes if f.kind == "definition"}
        for link in saved.links:
            assert resolver.resolve(link.target, path, link.kind).path in index.notes()
    assert "Журнал" not in (index.root / paths[3]).read_text(encoding="utf-8")


def test_nothing_is_ever_overwritten(index: Index) -> None:
    first = save_page(index, refused("Why?"), "notec")
    before = (index.root / first).read_bytes()
    second = save_page(index, refused("Why?"), "notec")
    assert [first, second] == ["notec/Why.md", "notec/Why 2.md"]
    assert (index.root / first).read_bytes() == before


def test_a_saved_page_takes_no_name_that_a_note_answers_to(index: Index) -> None:
    assert save_page(index, refused("Журнал"), "notec") == "notec/Журнал - answer.md"
    assert save_page(index, refused("память забывает?"), "notec") == "notec/память забывает - answer.md"


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("", "answer"),
        ("???", "answer"),
        ('a/b\\c: "d" #e ^f [g] | h?', "a-b-c- d e f g - h"),
        ("CON", "_CON"),
        ("слово " * 60, ("слово " * 15).strip()),
        ("x" * 300, "x" * 90),
        ("../../etc/passwd", "-..-etc-passwd"),
    ],
)
def test_names_are_readable_and_safe(index: Index, question: str, name: str) -> None:
    path = save_page(index, refused(question), "notec")
    assert path == f"notec/{name}.md"
    assert (index.root / path).is_file()


def test_saved_pages_are_no_source_of_answers(index: Index) -> None:
    save_page(index, brief_note(index, "Заметки/Память забывает.md"), "notec")
    save_page(index, answer_question(index, "почему решения теряются?"), "notec")
    report = index.update()
    assert (report.notes, report.added) == (2, 0)


@pytest.mark.parametrize("folder", ["..", ".", "", "/tmp", "a/../.."])
def test_a_folder_outside_the_vault_is_refused(index: Index, folder: str) -> None:
    with pytest.raises(NotecError, match="no folder inside the vault"):
        save_page(index, refused("Why?"), folder)


def test_a_link_that_leads_out_of_the_vault_is_refused(index: Index, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (index.root / "notec").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotecError, match="no folder inside the vault"):
        save_page(index, refused("Why?"), "notec")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_full_disk_leaves_nothing_behind(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("notec.vault.write.os.fsync", full)
    with pytest.raises(NotecError, match="the disk is full"):
        save_page(index, refused("Why?"), "notec")
    assert not list((index.root / "notec").iterdir())


def test_a_vault_that_cannot_be_written_to_says_so(index: Index) -> None:
    index.close()

    def save() -> str:
        index.root.chmod(0o555)
        try:
            save_page(index, refused("Why?"), "notec")
        except NotecError as error:
            return error.message
        finally:
            index.close()
            index.root.chmod(0o755)
        return "saved"

    assert (
        as_nobody(index.root.parent, save) == f"cannot save {index.root / 'notec' / 'Why.md'}: no permission"
    )


def conversation(index: Index, path: str) -> Chat:
    note = read(index.root, path).value
    assert note is not None
    return Chat.resume(note, refused)


def test_a_continued_conversation_is_written_where_it_lies(index: Index) -> None:
    chat = Chat(refused)
    chat.say("Why?")
    path = save_page(index, chat, "notec")
    chat.say("And now?")
    assert save_page(index, chat, "notec") == path
    later = conversation(index, path)
    later.say("Later?")
    assert save_page(index, later, "notec") == path
    text = (index.root / path).read_text(encoding="utf-8")
    assert [turn.role for turn in parse_markdown(path, text).value.turns] == ["user", "assistant"] * 3


def test_a_conversation_that_somebody_changed_meanwhile_is_not_overwritten(index: Index) -> None:
    chat = Chat(refused)
    chat.say("Why?")
    path = save_page(index, chat, "notec")
    (index.root / path).write_text("mine\n", encoding="utf-8")
    chat.say("And now?")
    other = save_page(index, chat, "notec")
    assert other == "notec/Why - chat 2.md"
    assert (index.root / path).read_text(encoding="utf-8") == "mine\n"


def test_a_chat_of_the_users_own_stays_as_it_is(index: Index) -> None:
    text = ">[!nexus_user] **User** - 28.07.2025 at 12:33\n><!-- UID: 1 -->\n>Why?\n"
    (index.root / "Chat.md").write_text(text, encoding="utf-8")
    chat = conversation(index, "Chat.md")
    with pytest.raises(NotecError, match="nothing new"):
        save_page(index, chat, "notec")
    chat.say("And now?")
    assert save_page(index, chat, "notec") == "notec/Why - chat.md"
    assert (index.root / "Chat.md").read_text(encoding="utf-8") == text


def test_research_without_a_word_that_may_leave_is_not_saved(index: Index) -> None:
    note = parse_markdown("x.md", "Хабибуллин 123").value
    with pytest.raises(NotecError, match="no aspects"):
        save_page(index, research_note(note), "notec")


def test_a_saved_page_is_found_by_path_and_by_name(index: Index) -> None:
    save_page(index, refused("Why?"), "notec")
    found = [
        saved_page(index.root, "notec", name)
        for name in ("notec/Why.md", "Why.md", "Why", "Журнал", "../x", "a\0b")
    ]
    assert found == ["notec/Why.md"] * 3 + [""] * 3


def test_the_commands_save(index: Index, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--vault", str(index.root), "--home", str(tmp_path / "home")]
    assert main([*options, "brief", "Память забывает", "--save"]) == 0
    assert main([*options, "research", "Память забывает", "--save"]) == 0
    assert main([*options, "ask", "почему решения теряются?", "--save"]) == 0
    assert sorted(path.name for path in (index.root / "notec").iterdir()) == [
        "Память забывает - поиск.md",
        "Память забывает - разбор.md",
        "почему решения теряются.md",
    ]
    assert "cannot" not in capsys.readouterr().err


def test_the_time_of_saving_is_a_property(index: Index) -> None:
    path = save_page(index, refused("Why?"), "notec", now=lambda: datetime(2025, 7, 28, 12, 33))
    assert (
        (index.root / path)
        .read_text(encoding="utf-8")
        .startswith("---\ncreated: 2025-07-28T12:33:00\nnotec: answer\n")
    )
