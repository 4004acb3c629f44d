"""Which files a vault has: names, order, ignore rules, symbolic links, things that are no files."""

import os
import socket
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from as_nobody import as_nobody
from notec.core import NotecError, Severity
from notec.vault.scan import FileEntry, reader_of, scan

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")


def make(root: Path, *paths: str) -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")


def paths(root: Path, **options: object) -> list[str]:
    return [entry.path for entry in scan(root, **options).value]  # type: ignore[arg-type]


def codes(root: Path) -> list[tuple[str, str]]:
    return [(d.code, d.note) for d in scan(root).diagnostics]


def test_notes_and_attachments_sorted_by_path(tmp_path: Path) -> None:
    make(
        tmp_path,
        "b.md",
        "a/z.MD",
        "a/pic.png",
        "B.txt",
        "x.idea",
        "y.pseudo",
        "k.canvas",
        "m.markdown",
        "data.json",
    )
    entries = scan(tmp_path).value
    assert [(e.path, e.kind) for e in entries] == [
        ("B.txt", "note"),
        ("a/pic.png", "attachment"),
        ("a/z.MD", "note"),
        ("b.md", "note"),
        ("data.json", "attachment"),
        ("k.canvas", "note"),
        ("m.markdown", "note"),
        ("x.idea", "note"),
        ("y.pseudo", "note"),
    ]


def test_size_time_and_inode_are_those_of_the_file(tmp_path: Path) -> None:
    make(tmp_path, "a.md")
    os.utime(tmp_path / "a.md", ns=(1, 1_700_000_000_123_456_700))
    status = (tmp_path / "a.md").stat()
    assert scan(tmp_path).value == [FileEntry("a.md", 1, status.st_mtime_ns, "note", status.st_ino)]


def test_hidden_folders_and_saved_answers_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, "a.md", ".obsidian/x.md", ".trash/x.md", ".git/x.md", ".hidden.md", "b/.dot/x.md")
    make(tmp_path, "node_modules/p/README.md", "b/node_modules/x.md", "notec/answers/x.md", "b/notec/kept.md")
    assert paths(tmp_path) == ["a.md", "b/notec/kept.md"]
    assert "notec/answers/x.md" in paths(tmp_path, skip=())
    assert paths(tmp_path, skip=("b/notec", "notec/")) == ["a.md"]


def test_ignore_files_follow_git(tmp_path: Path) -> None:
    make(
        tmp_path,
        "a.md",
        "b.tmp.md",
        "drafts/x.md",
        "drafts/keep.md",
        "sub/drafts/y.md",
        "sub/secret.md",
        "sub/open.md",
    )
    make(tmp_path, "sub/deep/b.tmp.md", "build/x.md", "sub/build/x.md", "odd name/x.md")
    (tmp_path / ".gitignore").write_text("# comment\n*.tmp.md\n/build/\nodd\\ name/\n")
    (tmp_path / ".notecignore").write_text("drafts/*\n!drafts/keep.md\n")
    (tmp_path / "sub/.notecignore").write_text("secret.md\n!deep/b.tmp.md\n")
    assert paths(tmp_path) == [
        "a.md",
        "drafts/keep.md",
        "sub/build/x.md",
        "sub/deep/b.tmp.md",
        "sub/drafts/y.md",
        "sub/open.md",
    ]


def test_the_notecignore_of_a_folder_beats_its_gitignore(tmp_path: Path) -> None:
    make(tmp_path, "private.md", "a.md")
    (tmp_path / ".gitignore").write_text("private.md\n")
    (tmp_path / ".notecignore").write_text("!private.md\n")
    assert paths(tmp_path) == ["a.md", "private.md"]


def test_patterns_of_the_configuration(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "old/b.md")
    assert paths(tmp_path, ignore=["old/"]) == ["a.md"]


def test_an_ignore_file_with_errors_still_counts(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "b.md", "привет.md")
    (tmp_path / ".notecignore").write_bytes("\ufeffb.md\n!\n\nприв*\n".encode() + b"\xff\n")
    assert paths(tmp_path) == ["a.md"]
    (finding,) = scan(tmp_path).diagnostics
    assert (finding.code, finding.note, finding.line) == ("bad-ignore-pattern", ".notecignore", 2)


def test_an_ignore_file_that_is_a_folder(tmp_path: Path) -> None:
    make(tmp_path, "a.md", ".gitignore/x")
    assert paths(tmp_path) == ["a.md"]
    assert codes(tmp_path) == [("bad-ignore-pattern", ".gitignore")]


def test_a_vault_that_is_not_there(tmp_path: Path) -> None:
    make(tmp_path, "file.md")
    for root in (tmp_path / "nowhere", tmp_path / "file.md"):
        with pytest.raises(NotecError, match="cannot read the vault") as caught:
            scan(root)
        assert "--vault" in caught.value.hint


@POSIX
def test_a_name_that_is_no_text_is_a_finding(tmp_path: Path) -> None:
    for name in ("good.md", os.fsdecode(b"bad\xff.md"), os.fsdecode(b"bad\xff.png")):
        (tmp_path / name).write_bytes(b"x")
    found = scan(tmp_path)
    assert [e.path for e in found.value] == ["good.md"]
    assert [d.code for d in found.diagnostics] == ["bad-name", "bad-name"]


@POSIX
def test_any_name_survives(tmp_path: Path) -> None:
    names = [
        "😀.md",
        "имя с пробелом .md",
        "tail.md ",
        "a<b>:|?*.md",
        "CON.md",
        "new\nline.md",
        "back\\slash.md",
    ]
    names += [
        unicodedata.normalize("NFD", "й") + ".md",
        unicodedata.normalize("NFC", "й") + ".md",
        "a.b.c.md",
    ]
    names += ["ы" * 120 + ".md"]
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    entries = scan(tmp_path).value
    assert [e.path for e in entries] == sorted(names)
    assert {e.path for e in entries if e.kind == "attachment"} == {"tail.md "}
    for entry in entries:
        assert (tmp_path / entry.path).read_bytes() == b"x"


@POSIX
def test_symbolic_links_are_followed_inside_the_vault_only(tmp_path: Path) -> None:
    vault, outside = tmp_path / "vault", tmp_path / "outside"
    make(vault, "a.md", "real/b.md", ".store/hidden.md", ".store/deep/c.md", ".other/x.md")
    make(vault, "notec/answers/x.md", ".trash/deleted.md")
    make(outside, "secret.md", "folder/secret.md")
    (vault / "loop").symlink_to(vault, target_is_directory=True)
    (vault / "real" / "up").symlink_to("..", target_is_directory=True)
    (vault / "self").symlink_to("self")
    (vault / "twice").symlink_to("real", target_is_directory=True)
    (vault / "copy.md").symlink_to("a.md")
    (vault / "shown").symlink_to(".store", target_is_directory=True)
    (vault / "stolen.md").symlink_to(outside / "secret.md")
    (vault / "stolen").symlink_to(outside / "folder", target_is_directory=True)
    (vault / "broken.md").symlink_to("nothing.md")
    (vault / "once.md").symlink_to(".store/hidden.md")
    (vault / "alone.md").symlink_to(".other/x.md")
    (vault / "again.md").symlink_to(".store/deep/c.md")
    (vault / "answers").symlink_to("notec/answers", target_is_directory=True)
    (vault / "answer.md").symlink_to("notec/answers/x.md")
    (vault / "bin").symlink_to(".trash", target_is_directory=True)
    (vault / ".store" / "deep" / "back").symlink_to("..", target_is_directory=True)
    found = scan(vault)
    assert [e.path for e in found.value] == [
        "a.md",
        "alone.md",
        "real/b.md",
        "shown/deep/c.md",
        "shown/hidden.md",
    ]
    said = sorted((d.code, d.note) for d in found.diagnostics)
    assert said == [
        ("symlink-broken", "broken.md"),
        ("symlink-duplicate", "again.md"),
        ("symlink-duplicate", "copy.md"),
        ("symlink-duplicate", "loop"),
        ("symlink-duplicate", "once.md"),
        ("symlink-duplicate", "real/up"),
        ("symlink-duplicate", "shown/deep/back"),
        ("symlink-duplicate", "twice"),
        ("symlink-loop", "self"),
        ("symlink-outside", "stolen"),
        ("symlink-outside", "stolen.md"),
    ]
    assert all(d.severity is Severity.INFO for d in found.diagnostics)


@POSIX
def test_the_vault_may_itself_be_a_symbolic_link(tmp_path: Path) -> None:
    make(tmp_path, "real/a.md", "real/b/c.md")
    (tmp_path / "link").symlink_to("real", target_is_directory=True)
    assert paths(tmp_path / "link") == ["a.md", "b/c.md"]


@POSIX
def test_pipes_and_sockets_are_named_and_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a.md")
    os.mkfifo(tmp_path / "pipe.md")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # the name of a socket may have 107 bytes only
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.txt")
        assert paths(tmp_path) == ["a.md"]
        assert sorted(codes(tmp_path)) == [("not-a-file", "pipe.md"), ("not-a-file", "socket.txt")]


@POSIX
def test_a_folder_without_permission_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "locked/b.md")

    def look() -> str:
        (tmp_path / "locked").chmod(0)
        try:
            found = scan(tmp_path)
        finally:
            (tmp_path / "locked").chmod(0o755)
        return repr(([e.path for e in found.value], [(d.code, d.note) for d in found.diagnostics]))

    assert as_nobody(tmp_path, look) == "(['a.md'], [('unreadable-folder', 'locked')])"


def test_chat_exports_are_told_from_other_json(tmp_path: Path) -> None:
    (tmp_path / "conversations.json").write_text('[{"title": "t", "create_time": 1.0, "mapping": {}}]')
    (tmp_path / "claude.json").write_text('[{"uuid": "u", "name": "n", "chat_messages": []}]')
    (tmp_path / "package.json").write_text('{"name": "mapping", "version": "1"}')
    (tmp_path / "empty.json").write_text("")
    kinds = {e.path: e.kind for e in scan(tmp_path).value}
    assert kinds == {
        "claude.json": "note",
        "conversations.json": "note",
        "empty.json": "attachment",
        "package.json": "attachment",
    }


def test_documents_can_be_left_out(tmp_path: Path) -> None:
    make(tmp_path, "a.pdf", "b.html")
    found = scan(tmp_path, documents=False)
    assert {e.kind for e in found.value} == {"attachment"}
    assert found.diagnostics == ()


@pytest.mark.parametrize(
    ("path", "reader"),
    [
        ("a.md", "markdown"),
        ("x/A.MD", "markdown"),
        ("a.b/c", ""),
        (".md", ""),
        ("x/.md", ""),
        ("md", ""),
        ("a.canvas", "canvas"),
        ("a.json", "chat"),
        ("a.htm", "html"),
        ("a.png", ""),
    ],
)
def test_reader_by_extension(path: str, reader: str) -> None:
    assert reader_of(path) == reader


@given(st.text(max_size=30))
@settings(max_examples=50)
def test_reader_of_never_fails(path: str) -> None:
    assert isinstance(reader_of(path), str)
