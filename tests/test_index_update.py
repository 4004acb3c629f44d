"""Keeping up with a vault: what is new, changed, renamed, gone; and nothing else is read."""

from __future__ import annotations

import os
import random
import shutil
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from as_nobody import as_nobody
from notec.core import NotecError, Severity
from notec.index import Index, IndexReport, Settings

TIMES = count(1_600_000_000)  # so long ago that no file is read again for its time alone


def write(vault: Path, notes: dict[str, str]) -> None:
    for name, text in notes.items():
        file = vault / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        time = next(TIMES)
        os.utime(file, (time, time))


def opened(vault: Path, **options: object) -> Index:
    return Index.open(vault, vault.parent / "home", Settings(workers=1, **options))  # type: ignore[arg-type]


def differences(report: IndexReport) -> list[str]:
    return [d.message for d in report.diagnostics if d.code == "index-differs"]


def done(report: IndexReport) -> dict[str, int]:
    names = ("added", "changed", "removed", "renamed", "read", "analysed")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def found(index: Index, query: str) -> list[str]:
    return [hit.note for hit in index.search(query)]


TWO = {"a.md": "# Насосы\n\nНасос качает воду.\n", "b/b.md": "A pump moves water. See [[a]].\n"}


def test_nothing_is_read_when_nothing_changed(vault: Path) -> None:
    write(vault, TWO)
    with opened(vault) as index:
        assert not index.made
        assert done(index.update()) == {"added": 2, "read": 2, "analysed": 2}
        assert index.made
        before = index.status()
        assert done(index.update()) == {}
        assert index.status()["generation"] == before["generation"]


def test_an_edit_costs_one_note_and_keeps_the_other_statements(vault: Path) -> None:
    write(vault, {**TWO, "c.md": "Первое предложение. Второе предложение.\n\n- пункт\n"})
    with opened(vault) as index:
        index.update()
        before = {s.text: s.id for s in index.statements("c.md")}
        write(vault, {"c.md": "# Новое\n\nДобавлено. Первое предложение. Второе предложение.\n\n- пункт\n"})
        assert done(index.update()) == {"changed": 1, "read": 1, "analysed": 1}
        after = {s.text: s.id for s in index.statements("c.md")}
        assert {text: after[text] for text in before} == before
        assert found(index, "добавлено") == ["c.md"]


def test_an_edit_of_the_same_size_at_once_is_seen(vault: Path) -> None:
    (vault / "a.md").write_text("кошка\n", encoding="utf-8")
    with opened(vault) as index:
        index.update()
        status = (vault / "a.md").stat()
        (vault / "a.md").write_text("мышка\n", encoding="utf-8")
        os.utime(vault / "a.md", ns=(status.st_atime_ns, status.st_mtime_ns))
        assert done(index.update()) == {"changed": 1, "read": 1, "analysed": 1}
        assert found(index, "мышка") == ["a.md"]
        assert found(index, "кошка") == []


def test_a_file_that_was_only_touched_is_read_and_not_analysed(vault: Path) -> None:
    write(vault, TWO)
    with opened(vault) as index:
        index.update()
        os.utime(vault / "a.md", (1_500_000_000, 1_500_000_000))
        assert done(index.update()) == {"read": 1}
        assert done(index.update()) == {}


def test_a_rename_keeps_identity_and_analyses_nothing(vault: Path) -> None:
    write(vault, {**TWO, "c/d.md": "Links to [[a]] and [x](../a.md).\n"})
    with opened(vault) as index:
        index.update()
        note = index.note("a.md")
        ids = [s.id for s in index.statements("a.md")]
        hit = index.search("качает")[0]
        (vault / "new").mkdir()
        (vault / "a.md").rename(vault / "new" / "Имя.md")
        report = index.update(paranoid=True)
        assert done(report) == {"renamed": 1, "read": 1}
        assert not differences(report)
        moved = index.note("new/Имя.md")
        assert note is not None
        assert moved is not None
        assert moved.id == note.id
        assert [s.id for s in index.statements("new/Имя.md")] == ids
        again = index.search("качает")[0]
        assert (again.passage, again.note) == (hit.passage, "new/Имя.md")
        assert [link.resolved for link in index.links("b/b.md")] == [""]
        assert [link.resolved for link in index.links("c/d.md")] == ["", ""]


def test_a_folder_that_moves_is_nothing_but_renames(vault: Path) -> None:
    write(vault, {f"old/{n}.md": f"Заметка {n} о числе {n * 37}.\n" for n in range(30)})
    with opened(vault) as index:
        index.update()
        (vault / "old").rename(vault / "новая папка")
        report = index.update(paranoid=True)
        assert done(report) == {"renamed": 30, "read": 30}
        assert not differences(report)
        assert found(index, f'"{7 * 37}"') == ["новая папка/7.md"]


def test_equal_notes_swap_names_by_likeness(vault: Path) -> None:
    write(vault, {"x/one.md": "same\n", "y/two.md": "same\n"})
    with opened(vault) as index:
        index.update()
        numbers = {name: getattr(index.note(name), "id", 0) for name in ("x/one.md", "y/two.md")}
        (vault / "x").rename(vault / "z")
        (vault / "y").rename(vault / "w")
        assert done(index.update()) == {"renamed": 2, "read": 2}
        assert getattr(index.note("z/one.md"), "id", 0) == numbers["x/one.md"]
        assert getattr(index.note("w/two.md"), "id", 0) == numbers["y/two.md"]


def test_moved_and_edited_is_known_by_its_uid(vault: Path) -> None:
    write(vault, {"a.md": "---\nuid: abc-1\n---\nOld words.\n"})
    with opened(vault) as index:
        index.update()
        number = getattr(index.note("a.md"), "id", 0)
        (vault / "a.md").unlink()
        write(vault, {"deep/b.md": "---\nuid: abc-1\n---\nNew words.\n"})
        report = index.update(paranoid=True)
        assert done(report) == {"renamed": 1, "read": 1, "analysed": 1}
        assert not differences(report)
        assert getattr(index.note("deep/b.md"), "id", 0) == number


def test_a_copy_is_new_and_a_removal_goes_everywhere(vault: Path) -> None:
    write(vault, TWO)
    with opened(vault) as index:
        index.update()
        write(vault, {"copy.md": TWO["a.md"]})
        assert done(index.update()) == {"added": 1, "read": 1, "analysed": 1}
        (vault / "a.md").unlink()
        report = index.update(paranoid=True)
        assert done(report) == {"removed": 1}
        assert not differences(report)
        assert found(index, "насос") == ["copy.md"]
        assert index.text("a.md") == ""
        assert index.statements("a.md") == []


def test_links_follow_what_comes_and_goes(vault: Path) -> None:
    write(vault, {"a.md": "[[Цель]] ![[pic.png]] [[Псевдоним]]\n"})

    def means() -> list[str]:
        assert not differences(index.update(paranoid=True))
        return [link.resolved for link in index.links("a.md")]

    with opened(vault) as index:
        assert means() == ["", "", ""]
        write(vault, {"x/цель.md": "---\naliases: [Псевдоним]\n---\nТут.\n", "pic.png": "x"})
        assert means() == ["x/цель.md", "pic.png", "x/цель.md"]
        write(vault, {"Цель.md": "Ближе.\n"})
        assert means() == ["Цель.md", "pic.png", "x/цель.md"]
        assert [b.source for b in index.backlinks("Цель.md")] == ["a.md"]
        (vault / "Цель.md").unlink()
        (vault / "pic.png").unlink()
        write(vault, {"x/цель.md": "---\naliases: [Другой]\n---\nТут.\n"})
        assert means() == ["x/цель.md", "", ""]
        write(vault, {"a.md": "Слово. [[Цель]] ![[pic.png]] [[Псевдоним]]\n"})  # the links as they were
        assert means() == ["x/цель.md", "", ""]
        assert index.backlinks("x/цель.md")[0].start == 7


def test_a_setting_that_changes_what_is_read_reads_again(vault: Path) -> None:
    write(vault, {"a.md": "---\ndescription: редкоеслово\n---\nText.\n"})
    with opened(vault) as index:
        index.update()
        assert found(index, "редкоеслово") == ["a.md"]
    with opened(vault, front_matter=False) as index:
        assert done(index.update()) == {"changed": 1, "read": 1, "analysed": 1}
        assert found(index, "редкоеслово") == []


def test_cancel_keeps_what_is_done_and_the_next_run_goes_on(vault: Path) -> None:
    write(vault, {f"{n}.md": f"Заметка номер {n}.\n" for n in range(10)})
    told: list[int] = []
    with opened(vault) as index:
        report = index.update(lambda now: told.append(now.done), lambda: bool(told) and told[-1] >= 4)
        assert report.stopped
        assert report.notes == 4
        assert len(found(index, "заметка")) == 4
        report = index.update(paranoid=True)
        assert (report.stopped, report.notes, report.read) == (False, 10, 6)
        assert not differences(report)


def test_ctrl_c_keeps_what_is_done(vault: Path) -> None:
    write(vault, {f"{n}.md": f"Заметка номер {n}.\n" for n in range(10)})

    def interrupt(now: object) -> None:
        if getattr(now, "done", 0) == 5:
            raise KeyboardInterrupt

    with opened(vault) as index:
        with pytest.raises(KeyboardInterrupt):
            index.update(interrupt)
        report = index.update(paranoid=True)
        assert report.notes == 10
        assert not differences(report)


def test_rebuild_reads_all_and_changes_nothing(vault: Path) -> None:
    write(vault, TWO)
    with opened(vault) as index:
        index.update()
        ids = [getattr(index.note(path), "id", 0) for path in index.notes()]
        report = index.update(rebuild=True, paranoid=True)
        assert done(report) == {"changed": 2, "read": 2, "analysed": 2}
        assert not differences(report)
        assert [getattr(index.note(path), "id", 0) for path in index.notes()] == ids


def test_a_rebuild_that_is_stopped_loses_nothing(vault: Path) -> None:
    write(vault, {f"{n}.md": f"Заметка номер {n}.\n" for n in range(6)})
    with opened(vault) as index:
        index.update()
        told: list[int] = []
        stopped = index.update(
            lambda now: told.append(now.done), lambda: bool(told) and told[-1] >= 2, rebuild=True
        )
        assert stopped.stopped
        report = index.update(paranoid=True)
        assert not differences(report)
        assert len(found(index, "заметка")) == 6


def test_an_unreadable_note_stays_as_it_was(vault: Path) -> None:
    if os.name != "posix":
        pytest.skip("needs POSIX permissions")
    write(vault, {"a.md": "кошка\n", "f/b.md": "собака\n"})
    home = vault.parent / "home"

    def run() -> str:
        with Index.open(vault, home, Settings(workers=1)) as index:
            index.update()
            (vault / "a.md").write_text("мышка\n", encoding="utf-8")
            (vault / "a.md").chmod(0)
            (vault / "f").chmod(0)
            report = index.update()
            (vault / "f").chmod(0o755)
            codes = sorted(d.code for d in report.diagnostics)
            return f"{report.notes} {found(index, 'кошка')} {found(index, 'собака')} {codes}"

    wanted = "2 ['a.md'] ['f/b.md'] ['unreadable-file', 'unreadable-folder']"
    assert as_nobody(vault.parent, run) == wanted


def test_a_vault_that_vanished_empties_nothing(vault: Path) -> None:
    write(vault, {f"{n}.md": f"Заметка номер {n}.\n" for n in range(60)})
    with opened(vault) as index:
        index.update()
        shutil.move(vault, vault.parent / "elsewhere")
        with pytest.raises(NotecError, match="cannot read the vault"):
            index.update()
        vault.mkdir()  # the mount point is there, its disk is not
        with pytest.raises(NotecError, match="no note is there any more") as raised:
            index.update()
        assert "--rebuild" in raised.value.hint
        assert len(index.notes()) == 60
        assert index.update(rebuild=True).notes == 0


def test_home_inside_the_vault_is_no_part_of_it(vault: Path) -> None:
    write(vault, TWO)
    with Index.open(vault, vault / "data" / "home", Settings(workers=1)) as index:
        assert index.update().notes == 2
        report = index.update(paranoid=True)
        assert done(report) == {}
        assert not differences(report)
        assert index.attachments() == []


@pytest.mark.skipif(os.name != "posix", reason="names of bytes")
def test_a_name_that_is_no_text_is_told_and_the_rest_lives(vault: Path) -> None:
    write(vault, TWO)
    for name in (b"\xff\xfe.md", b"\xff.png"):
        with open(os.path.join(os.fsencode(vault), name), "wb") as file:
            file.write(b"words")
    with opened(vault) as index:
        report = index.update(paranoid=True)
        assert report.notes == 2
        assert [d.code for d in report.diagnostics] == ["bad-name", "bad-name"]


DENDRON = {
    "daily.one.md": "[[Мой первый|proj.alpha]] и [[the second one|proj.beta]]\n",
    "proj.alpha.md": "# Alpha\n\n[[back|daily.one]]\n",
    "proj.beta.md": "# Beta\n",
}


def test_the_dialect_of_the_vault_is_found(vault: Path) -> None:
    write(vault, DENDRON)
    with opened(vault) as index:
        assert not differences(index.update(paranoid=True))
        assert [x.resolved for x in index.links("daily.one.md")] == ["proj.alpha.md", "proj.beta.md"]
        write(vault, {"plain.md": "No links.\n"})
        assert done(index.update()) == {"added": 1, "read": 1, "analysed": 1}
    with opened(vault, dialect="obsidian") as index:
        assert index.update().changed == 4
        assert [x.resolved for x in index.links("daily.one.md")] == ["", ""]


def test_the_dialect_changes_for_a_clear_majority_only(vault: Path) -> None:
    write(vault, {"a.md": "[[b|label]] [[b|other]] [[not yet|a]]\n", "b.md": "[[a|x]]\n"})
    with opened(vault) as index:
        index.update()
        assert [x.target for x in index.links("a.md")] == ["b", "b", "not yet"]
        write(vault, {"a.md": "[[label|b]] [[other|b]] [[not yet|a]]\n"})
        index.update()
        assert [x.target for x in index.links("a.md")] == ["b", "b", "a"]
        write(vault, {"a.md": "[[b|label]] [[other|b]] \n", "b.md": "[[x|a]]\n"})
        report = index.update(paranoid=True)
        assert not differences(report)
        assert [x.target for x in index.links("a.md")] == ["label", "b"]


def test_many_notes_are_read_in_processes_of_their_own(vault: Path) -> None:
    notes = {f"{n % 5}/{n}.md": f"# Заметка {n}\n\nСлово{n} и [[{n + 1}]].\n" for n in range(120)}
    write(vault, notes)
    home = vault.parent / "home"
    with Index.open(vault, home, Settings(workers=2)) as index:
        report = index.update()
        assert (report.notes, report.links) == (120, 120)
        assert found(index, "слово77")[0] == "2/77.md"
    with opened(vault) as index:
        assert not differences(index.update(paranoid=True))


def test_ugly_files_cost_nothing_but_time(vault: Path) -> None:
    write(vault, {"links.md": " ".join(f"[[n{n}|x]]" for n in range(20_000)), "n7.md": "seven\n"})
    (vault / "nul.md").write_bytes(b"a\0b words\0\n\n# head\0\n")
    (vault / "line.md").write_text("слово " * 200_000, encoding="utf-8")
    (vault / "empty.md").write_bytes(b"")
    (vault / "utf16.md").write_bytes("# Заголовок\n\nтекст шестнадцать\n".encode("utf-16"))
    (vault / "cp1251.md").write_bytes("Привет, это старая кодировка заметки.\n".encode("cp1251"))
    (vault / "bad.md").write_bytes(b"---\na: [\n---\n\xff\xfe\xfa tail\n")
    with opened(vault) as index:
        report = index.update(paranoid=True)
        assert not differences(report)
        assert report.notes == 8
        assert index.links("links.md")[7].resolved == "n7.md"
        assert len(index.links("links.md")) == 20_000
        assert found(index, "шестнадцать") == ["utf16.md"]
        assert found(index, "кодировка") == ["cp1251.md"]
        assert "line.md" in found(index, "слово")
        assert {d.note for d in report.diagnostics if d.severity is Severity.ERROR} <= {"bad.md"}


def test_a_note_that_is_too_long_is_left_out_and_told(vault: Path) -> None:
    write(vault, {"a.md": "x" * 2_000, "b.md": "short\n"})
    with opened(vault, max_bytes=1_000) as index:
        report = index.update()
        assert report.notes == 1
        assert [(d.code, d.note) for d in report.diagnostics] == [("file-too-large", "a.md")]


NAMES = st.sampled_from(["a.md", "b.md", "Ещё.md", "f/a.md", "f/g/c.md", "pic.png", "f/Ж.md"])
TEXTS = st.sampled_from(
    [
        "пусто\n",
        "# T\n\n[[a]] [[f/a|x]] ![[pic.png]]\n",
        "---\naliases: [ж, a]\nuid: u1\n---\nСлова [[ж]].\n",
        "[[ещё]] [m](f/a.md) [[g/c#H]]\n\n## H\n\nпункт #tag\n",
    ]
)
ACTIONS = st.one_of(
    st.tuples(st.just("write"), NAMES, TEXTS),
    st.tuples(st.just("remove"), NAMES, st.just("")),
    st.tuples(st.just("move"), NAMES, NAMES),
    st.tuples(st.just("index"), st.just(""), st.just("")),
)


@settings(max_examples=25)
@given(st.lists(ACTIONS, min_size=3, max_size=14))
def test_any_history_gives_what_a_fresh_index_has(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, str, str]]
) -> None:
    vault = tmp_path_factory.mktemp("history") / "vault"
    vault.mkdir()
    with opened(vault) as index:
        for action, name, other in actions:
            if action == "write":
                write(vault, {name: other})
            elif action == "remove":
                (vault / name).unlink(missing_ok=True)
            elif action == "move" and (vault / name).exists():
                (vault / other).parent.mkdir(parents=True, exist_ok=True)
                (vault / name).replace(vault / other)
            else:
                index.update()
                with opened(vault) as anew:
                    assert index.unlinked() == anew.unlinked()
        assert not differences(index.update(paranoid=True))


def test_notes_without_links_are_looked_for_again_only_where_links_differ(vault: Path) -> None:
    write(vault, {"a.md": "[[b]]\n", "b.md": "x\n", "c.md": "y\n"})
    with opened(vault) as index:
        index.update()
        before = index.unlinked()
        assert before == ["c.md"]
        edits = [
            ("a.md", "text [[b]] [[nothing]] [[a]] [[b]]\n", ["c.md"]),
            ("a.md", "text\n", ["a.md", "b.md", "c.md"]),
            ("c.md", "---\naliases: [d]\n---\n[[c]]\n", ["a.md", "b.md", "c.md"]),
            ("a.md", "[[d]]\n", ["b.md"]),
            ("c.md", "no alias\n", ["a.md", "b.md", "c.md"]),
        ]
        for path, text, unlinked in edits:
            write(vault, {path: text})
            index.update()
            assert index.unlinked() == unlinked
            assert (index.unlinked() is before) == (unlinked == before)
            before = index.unlinked()
        (vault / "b.md").rename(vault / "e.md")
        index.update()
        assert index.unlinked() == ["a.md", "c.md", "e.md"]


def test_paranoid_sees_what_is_wrong(vault: Path) -> None:
    write(vault, TWO)
    with opened(vault) as index:
        index.update()
        connection = index._truth.get()
        connection.close()
        import sqlite3

        with sqlite3.connect(vault.parent / "home" / "index.sqlite") as damaged:
            damaged.execute("UPDATE links SET note = NULL, file = 'nowhere'")
            damaged.execute("UPDATE notes SET title = 'другое' WHERE path = 'a.md'")
        damaged.close()
        said = differences(index.update(paranoid=True))
        assert len(said) == 2
        assert "a.md" in said[0]
        assert "links" in said[1]


def test_progress_is_told_in_order(vault: Path) -> None:
    write(vault, TWO)
    stages: list[str] = []
    with opened(vault) as index:
        index.update(lambda now: stages.append(now.stage))
    assert list(dict.fromkeys(stages)) == ["scan", "read", "links"]


def test_shuffled_names_are_all_found(vault: Path) -> None:
    write(
        vault,
        {"Café.md": "---\naliases: [Кофейня]\n---\nx\n", "d/Ёлка.md": "# Дерево\n", "e/ёлка.md": "y\n"},
    )
    with opened(vault) as index:
        index.update()
        names = ["Café.md", "cafe\u0301", "CAFÉ.MD", "кофейня", "./Café.md", str(vault / "Café.md")]
        random.shuffle(names)
        assert [index.find(name) for name in names] == [["Café.md"]] * len(names)
        assert index.find("d/ёлка") == ["d/Ёлка.md"]
        assert index.find("Ёлка") == ["d/Ёлка.md", "e/ёлка.md"]
        assert index.find("дерево") == ["d/Ёлка.md"]
        assert index.find("d/Ёлка.md") == ["d/Ёлка.md"]
        assert index.find("нет такой") == []
        assert index.find("") == []
        assert index.nearest("Кофейна") == ["Café.md"]
        assert index.nearest("zzzz") == []
