"""PDF, DOCX, HTML and EPUB as notes, and what hostile ones do."""

import io
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notec.core import Severity
from notec.vault.note import Note
from notec.vault.read import fingerprint, parse_bytes
from notec.vault.scan import scan

pytest.importorskip("bs4", reason="the extra `documents` is not installed")
docx = pytest.importorskip("docx", reason="the extra `documents` is not installed")
pypdf = pytest.importorskip("pypdf", reason="the extra `documents` is not installed")

from notec.vault import documents  # noqa: E402  only with the extra
from notec.vault.markup import html_to_markdown  # noqa: E402


def read(path: str, data: bytes) -> Note:
    found = parse_bytes(path, data)
    assert found.diagnostics == ()
    return found.value


def codes(path: str, data: bytes) -> list[str]:
    return [d.code for d in parse_bytes(path, data).diagnostics]


def pdf(*pages: str, title: str = "") -> bytes:
    """A PDF written by hand: one font, one stream of text a page."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for i, page in enumerate(pages):
        lines = "".join(f"({line}) Tj 0 -14 Td " for line in page.split("\n"))
        stream = f"BT /F1 12 Tf 72 720 Td {lines}ET".encode("latin-1")
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            + f"/Contents {5 + 2 * i} 0 R >>".encode()
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream")
    objects.append(f"<< /Title ({title}) >>".encode())
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>"
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    return out + f"{head}{table}trailer\n{trailer}\nstartxref\n{len(out)}\n%%EOF".encode()


def word() -> bytes:
    document = docx.Document()
    document.core_properties.title = "О сервере"
    document.add_heading("Сервер", 1)
    document.add_paragraph("Он стоит дома. Он тихий.")
    document.add_paragraph("первое", style="List Bullet")
    document.add_paragraph("второе", style="List Bullet")
    document.add_heading("Цена", 2)
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["Что", "Сколько", "диск", "5 | 6"], strict=True):
        cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def packed(members: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in members.items():
            book.writestr(name, data)
    return out.getvalue()


def epub(**extra: bytes | str) -> bytes:
    chapter = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><h1>{0}</h1><p>{1}</p></body></html>'
    package = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf"><metadata
      xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Книга</dc:title></metadata><manifest>
      <item id="b" href="text/two%20.xhtml" media-type="application/xhtml+xml"/>
      <item id="a" href="text/one.xhtml" media-type="application/xhtml+xml"/></manifest>
      <spine><itemref idref="a"/><itemref idref="b"/><itemref idref="gone"/></spine></package>"""
    container = '<?xml version="1.0"?><container><rootfile full-path="OPS/book.opf"/></container>'
    return packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "OPS/book.opf": package,
            "OPS/text/one.xhtml": chapter.format("Глава 1", "Начало истории."),
            "OPS/text/two .xhtml": chapter.format("Глава 2", "Конец истории."),
            **extra,
        }
    )


def test_pdf_pages_are_headings() -> None:
    note = read(
        "report.pdf",
        pdf("The first page.\nIt has two lines.", "The second page says more.", title="A report"),
    )
    assert note.title == "A report"
    assert [(h.level, h.text) for h in note.headings] == [(1, "Page 1"), (1, "Page 2")]
    said = {note.text_of(s): note.headings[s.heading].text for s in note.statements}
    assert said["The second page says more."] == "Page 2"
    assert said["The first page."] == "Page 1"


def test_pdf_titles_of_programs_are_not_taken() -> None:
    for title in ("Microsoft Word - x.doc", "report.docx", "untitled", ""):
        assert read("a/report.pdf", pdf("Words.", title=title)).title == "report"


def test_pdf_words_cut_by_hyphens_are_joined() -> None:
    assert documents._prose("  a compu-\n ter of re\u00adnown\nX-\nray") == "a computer of renown\nX-\nray"


def test_pdf_with_a_password() -> None:
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(pdf("Secret words."))))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    found = parse_bytes("locked.pdf", out.getvalue())
    assert [(d.code, d.severity) for d in found.diagnostics] == [("document-locked", Severity.WARNING)]
    assert "wants a password" in found.diagnostics[0].message
    assert found.value.doc.text == ""


def test_pdf_without_text() -> None:
    (finding,) = parse_bytes("scan.pdf", pdf("")).diagnostics
    assert (finding.code, finding.severity) == ("no-text", Severity.INFO)


def test_pdf_cut_in_half_and_no_pdf_at_all() -> None:
    data = pdf("The first page.", "The second page.")
    for broken in (b"", b"%PDF-1.4", b"not a pdf", data[: len(data) // 3], bytes(1000)):
        found = parse_bytes("broken.pdf", broken)
        assert [d.code for d in found.diagnostics] == ["bad-document"], broken[:20]
        assert found.value.title == "broken"


def test_pdf_whose_stream_unpacks_to_gigabytes_is_stopped() -> None:
    bomb = zlib.compress(b"A" * 200_000_000, 9)
    for _ in range(1):
        bomb = zlib.compress(bomb, 9)
    data = pdf("x").replace(b"/Length", b"/Filter [/FlateDecode /FlateDecode] /Length", 1)
    start = data.index(b"stream\n") + 7
    data = data[:start] + bomb + data[data.index(b"\nendstream") :]
    assert parse_bytes("bomb.pdf", data).diagnostics


def test_word_documents() -> None:
    note = read("a.docx", word())
    assert note.title == "О сервере"
    assert [(h.level, h.text) for h in note.headings] == [(1, "Сервер"), (2, "Цена")]
    assert "- первое\n- второе" in note.doc.text
    assert "| Что | Сколько |\n| --- | --- |\n| диск | 5 \\| 6 |" in note.doc.text
    assert "Он стоит дома." in [note.text_of(s) for s in note.statements]
    assert note.language == "ru"


def test_a_zip_that_is_no_word_document() -> None:
    assert codes("a.docx", packed({"x": "y"})) == ["bad-document"]
    assert codes("a.docx", b"PK\3\4 nothing") == ["bad-document"]
    assert codes("a.docx", word()[:-200]) == ["bad-document"]


def test_zip_bombs_are_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_UNPACKED", 10 << 20)
    bomb = bytes(20 << 20)
    for path, data in (("a.docx", packed({"word/document.xml": bomb})), ("a.epub", epub(bomb=bomb))):
        (finding,) = parse_bytes(path, data).diagnostics
        assert finding.code == "document-too-large"
        assert "unpacks to 20 MiB, more than the limit of 10 MiB" in finding.message


def test_documents_longer_than_the_limit_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_TEXT", 20)
    found = parse_bytes("a.epub", epub())
    assert [d.code for d in found.diagnostics] == ["document-too-large"]
    assert "Начало истории." in found.value.doc.text
    assert "Конец истории." not in found.value.doc.text


def test_books_are_read_in_the_order_of_their_spine() -> None:
    note = read("book.epub", epub())
    assert note.title == "Книга"
    assert [h.text for h in note.headings] == ["Глава 1", "Глава 2"]
    assert [note.text_of(s) for s in note.statements if s.heading == 1] == ["Конец истории."]


def test_protected_books() -> None:
    locked = {"META-INF/encryption.xml": "<encryption><EncryptedData Algorithm='aes'/></encryption>"}
    assert codes("b.epub", epub(**locked)) == ["document-locked"]
    fonts = {"META-INF/encryption.xml": "<EncryptedData><x URI='a.ttf' y='font'/></EncryptedData>"}
    assert codes("b.epub", epub(**fonts)) == []


def test_entities_do_not_explode() -> None:
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    text = (
        f'<?xml version="1.0"?><!DOCTYPE c [<!ENTITY l0 "lol">{laughs}]><c>&l9;<rootfile full-path="x"/></c>'
    )
    assert codes("b.epub", packed({"META-INF/container.xml": text})) == ["bad-document"]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<h2>A <b>b</b></h2><p>c<br>d", "## A b\n\nc\nd"),
        ("<p>10<sup>3</sup> and H<sub>2</sub>O", "10³ and H₂O"),
        ("<ul><li>a<li>b<ol><li>c</ol></ul>", "- a\n\n- b\n\n    1. c"),
        ('<ol start="4"><li>a', "4. a"),
        ("<blockquote><p>a<p>b</blockquote>c", "> a\n\n> b\n\nc"),
        ("<pre>x\n  y ``` z</pre>", "````\nx\n  y ``` z\n````"),
        ("a <code>b</code> c", "a `b` c"),
        ('<a href="x y.html">t</a> <a href="#top">u</a> <a href="javascript:1">v</a>', "[t](<x y.html>) u v"),
        ('<img src="a.png" alt="A"><img src="data:x" alt="B">', "![A](a.png)B"),
        ("<table><tr><th>a<th>b<tr><td>1|2<td>3</table>", "| a | b |\n| --- | --- |\n| 1\\|2 | 3 |"),
        ("<table><tr><td>only one column<tr><td>second</table>", "only one column\n\nsecond"),
        ("<table><tr><td>x<table><tr><td>in</table>y<td>z</table>", "| x in y | z |\n| --- | --- |"),
        ("<p># no heading<p>--- no rule", "\\# no heading\n\n\\--- no rule"),
        ("<script>bad()</script><style>x</style><nav>menu</nav>ok", "ok"),
        ("<p hidden>h</p><p style='display: none'>i</p><b aria-hidden=true>x</b>ok", "ok"),
        ("<!-- gone --><p>a&nbsp;&amp;&lt;b&gt;", "a &<b>"),
        ("<p>unclosed <b>tags <i>everywhere", "unclosed tags everywhere"),
    ],
)
def test_html_to_markdown(markup: str, text: str) -> None:
    assert html_to_markdown(markup) == text


def test_pages_of_html() -> None:
    head = "<head><meta charset=windows-1251><title>Дом &amp; сад</title></head>"
    page = f"<html>{head}<body><h1>Дом</h1><p>Он стоит. Он тих."
    note = read("page.html", page.encode("cp1251"))
    assert note.title == "Дом & сад"
    assert [note.text_of(s) for s in note.statements] == ["Он стоит.", "Он тих."]
    assert read("page.htm", page.replace("windows-1251", "no-such").encode()).title == "Дом & сад"


@pytest.mark.parametrize(
    "piece", ["<div>", "<a ", "<!--", "<table><tr><td>", "<blockquote>", "<", "&", "<ul><li>"]
)
def test_hostile_html_takes_no_time(piece: str) -> None:
    assert isinstance(html_to_markdown(piece * 5000 + "x"), str)


@given(st.text(alphabet="<>/ abhpultdr123=\"'&;!-\n", max_size=200))
@settings(max_examples=100)
def test_html_never_fails(markup: str) -> None:
    assert parse_bytes("a.html", markup.encode()).value.title == "a"


@given(st.sampled_from(["pdf", "docx", "epub"]), st.integers(0, 3000), st.binary(min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_damaged_documents_never_raise(kind: str, place: int, damage: bytes) -> None:
    whole = {"pdf": pdf("The first page.", "Two."), "docx": WORD, "epub": epub()}[kind]
    place %= len(whole)
    parse_bytes(f"a.{kind}", whole[:place] + damage + whole[place + len(damage) :])


WORD = word()


def test_documents_of_a_vault(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf("Words."))
    (tmp_path / "b.html").write_bytes(b"<p>x")
    assert {e.kind for e in scan(tmp_path).value} == {"note"}


def test_the_library_is_part_of_the_fingerprint() -> None:
    assert fingerprint("x/a.pdf").endswith(f"pdf {pypdf.__version__}")
    assert fingerprint("a.md") == fingerprint("b.txt")
    assert fingerprint("a.md") != fingerprint("a.canvas")
