"""One file to bytes and to a note, whatever the file system does."""

import os
import re
import threading
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from as_nobody import as_nobody
from derived_laws import check_note
from notec.core import Severity
from notec.vault.decode import encode
from notec.vault.read import fingerprint, parse_bytes, read, read_bytes

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")


def codes(root: Path, path: str) -> list[str]:
    found = read_bytes(root, path)
    assert (found.value is None) == bool(found.diagnostics)
    assert all(d.note == path and d.severity is Severity.WARNING for d in found.diagnostics)
    assert read(root, path).diagnostics[: len(found.diagnostics)] == found.diagnostics
    return [d.code for d in found.diagnostics]


def test_a_note_is_read(tmp_path: Path) -> None:
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "a.md").write_bytes("# Заголовок\r\n\r\nТекст. Ещё.\r\n".encode())
    note = read(tmp_path, "dir/a.md").value
    assert note
    assert note.path == "dir/a.md"
    assert note.doc.text == "# Заголовок\r\n\r\nТекст. Ещё.\r\n"
    assert [h.text for h in note.headings] == ["Заголовок"]
    assert [note.text_of(s) for s in note.statements] == ["Текст.", "Ещё."]


@given(
    st.binary(max_size=200),
    st.sampled_from(["a.md", "a.txt", "a.idea", "a.canvas", "a.json", "a.png", "a", "a.html"]),
)
@settings(max_examples=200, deadline=None)
def test_any_bytes_under_any_name_give_a_note(data: bytes, name: str) -> None:
    note = parse_bytes(name, data).value
    assert note.path == name
    if name in ("a.md", "a.txt", "a.idea", "a.png", "a"):
        assert "".join(note.text_of(b) for b in note.blocks) == note.doc.text


@given(st.binary(max_size=300))
def test_an_untouched_note_gives_the_same_bytes(data: bytes) -> None:
    from notec.vault.decode import decode

    note = parse_bytes("a.md", data).value
    assert encode("".join(note.text_of(b) for b in note.blocks), decode(data).encoding) == data


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    assert codes(tmp_path, "gone.md") == ["file-vanished"]
    assert codes(tmp_path, "no/such/gone.md") == ["file-vanished"]


def test_a_folder_and_names_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "dir.md").mkdir()
    assert codes(tmp_path, "dir.md") == ["not-a-file"]
    assert codes(tmp_path, "") == ["not-a-file"]
    assert codes(tmp_path, "a\0b.md") == ["unreadable-file"]
    assert codes(tmp_path, "x" * 300 + ".md") == ["unreadable-file"]
    (tmp_path / "file").write_bytes(b"")
    assert codes(tmp_path, "file/a.md") == ["unreadable-file"]


@POSIX
def test_pipes_and_devices_do_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    started = time.monotonic()
    assert codes(tmp_path, "pipe.md") == ["not-a-file"]
    (tmp_path / "zero.md").symlink_to("/dev/zero")
    assert codes(tmp_path, "zero.md") == ["outside-vault"]
    assert codes(Path("/dev"), "zero") == ["not-a-file"]
    assert time.monotonic() - started < 5


def test_nothing_outside_the_vault_is_read(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    vault.mkdir()
    (tmp_path / "secret.md").write_bytes(b"secret")
    (tmp_path / "vault-2.md").write_bytes(b"secret")
    for path in ("../secret.md", str(tmp_path / "secret.md"), "../vault-2.md", "x/../../secret.md"):
        assert codes(vault, path) == ["outside-vault"]


@POSIX
def test_symbolic_links(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    vault.mkdir()
    (vault / "a.md").write_bytes(b"inside")
    (tmp_path / "secret.md").write_bytes(b"secret")
    (vault / "in.md").symlink_to("a.md")
    (vault / "out.md").symlink_to("../secret.md")
    (vault / "loop.md").symlink_to("loop.md")
    (vault / "up").symlink_to("..")
    assert read_bytes(vault, "in.md").value == b"inside"
    assert codes(vault, "out.md") == ["outside-vault"]
    assert codes(vault, "loop.md") == ["unreadable-file"]
    assert codes(vault, "up/secret.md") == ["outside-vault"]
    (tmp_path / "link").symlink_to("vault")
    assert read_bytes(tmp_path / "link", "a.md").value == b"inside"


@POSIX
def test_names_of_all_kinds(tmp_path: Path) -> None:
    names = ["😀.md", "имя с пробелом .md", "CON.md", "a<b>.md", os.fsdecode(b"\xff.md"), "tail.md "]
    names.append(unicodedata.normalize("NFD", "й") + ".md")
    for name in names:
        (tmp_path / name).write_bytes(name.encode(errors="replace"))
        note = read(tmp_path, name).value
        assert note
        assert note.path == name
        assert note.doc.text == name.encode(errors="replace").decode()


@POSIX
def test_no_permission(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"x")

    def look() -> str:
        (tmp_path / "a.md").chmod(0)
        return read_bytes(tmp_path, "a.md").diagnostics[0].message

    said = "a.md: cannot be read (Permission denied); mend that and index again"
    assert as_nobody(tmp_path, look) == said


def test_too_large(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"x" * 3_000_000)
    assert read_bytes(tmp_path, "a.md", max_bytes=3_000_000).value
    (finding,) = read_bytes(tmp_path, "a.md", max_bytes=2_097_152).diagnostics
    assert finding.code == "file-too-large"
    assert finding.message == "a.md: has 3 MiB, more than the limit of 2 MiB; raise max_bytes in notec.toml"


@POSIX
def test_a_sparse_file_of_a_terabyte_is_refused_at_once(tmp_path: Path) -> None:
    with (tmp_path / "a.md").open("wb") as file:
        file.truncate(1 << 40)
    assert codes(tmp_path, "a.md") == ["file-too-large"]


def test_a_file_that_keeps_changing(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"start")
    stop = threading.Event()

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(b"more\n" * 1000)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        deadline, seen = time.monotonic() + 20, set[str]()
        while "file-changed" not in seen and time.monotonic() < deadline:
            found = read_bytes(tmp_path, "a.md", max_bytes=1 << 40)
            assert found.value is not None
            seen |= {d.code for d in found.diagnostics}
    finally:
        stop.set()
        writer.join()
    assert seen == {"file-changed"}
    assert read_bytes(tmp_path, "a.md").diagnostics == ()


def test_a_file_that_comes_and_goes(tmp_path: Path) -> None:
    path, other, stop = tmp_path / "a.md", tmp_path / "b.tmp", threading.Event()

    def replace() -> None:
        while not stop.is_set():
            other.write_bytes(b"whole text")
            os.replace(other, path)
            path.unlink(missing_ok=True)

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        for _ in range(500):
            found = read_bytes(tmp_path, "a.md")
            assert found.value == b"whole text" or found.diagnostics[0].code == "file-vanished"
    finally:
        stop.set()
        writer.join()


def test_findings_of_decoding_and_parsing_come_along(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes("---\na: [\n---\nПривет, мир.\n".encode("cp1251"))
    found = read(tmp_path, "a.md")
    assert found.diagnostics[0].code == "bad-encoding"
    assert len(found.diagnostics) == 2
    assert found.value
    assert "Привет, мир." in found.value.doc.text


def test_fingerprints_depend_on_the_reader_alone() -> None:
    assert fingerprint("a/b.md") == fingerprint("c.txt") == fingerprint("x")
    assert len({fingerprint(f"a.{suffix}") for suffix in ("md", "canvas", "json", "pdf")}) == 4


def test_every_finding_is_documented() -> None:
    """Each code that the vault's modules give stands in docs/vault.md, and none that they do not."""
    root = Path(__file__).parent.parent
    page = (root / "docs" / "vault.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([a-z]+(?:-[a-z]+)+)` \|", page, re.MULTILINE))
    given_by = "".join(file.read_text(encoding="utf-8") for file in (root / "src/notec/vault").glob("*.py"))
    calls = r"(?:Diagnostic\(|Diagnostic\.at\([^\"]*|self\.say\(|say\(|_nothing\(|_Refused\()\s*"
    assert documented == set(re.findall(calls + r"\"([a-z]+(?:-[a-z]+)+)\"", given_by))


def test_derived_notes_keep_the_laws() -> None:
    for path, text in (
        ("a.canvas", '{"nodes":[{"id":"a","type":"text","text":"Слова."}]}'),
        ("a.json", "[]"),
    ):
        check_note(parse_bytes(path, text.encode()).value)


def test_a_very_long_line_and_a_large_note() -> None:
    """100 MB and a line of 10 MB are tried by hand; smaller ones tell quadratic from linear."""
    for text in ("слово. " * 60_000, "# h\n\nслово.\n" * 20_000):
        started = time.perf_counter()
        note = parse_bytes("a.md", text.encode()).value
        assert time.perf_counter() - started < 20
        assert note.statements
