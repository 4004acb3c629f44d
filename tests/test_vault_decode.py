"""Any bytes become text, and the text becomes the same bytes again."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from notec.core import Severity
from notec.vault.decode import decode, encode

RUSSIAN = "Сервер стоит дома. Он тихий и холодный — это главное.\r\nЁжик ест яблоки, съел всё № 5.\n"
SHORT = "Привет, мир"
SENTENCE = "Купить молоко и хлеб"


@given(st.binary(max_size=400))
@example(b"\xff\xfe")
@example(b"\xff\xfea")
@example(b"\xff\xfe\x00\x00")
@example(b"\xff\xfe\x00\x00a\x00\x00\x00")
@example(b"\x00\x00\xfe\xff\x00\x00\xd8\x00")
@example(b"\xfe\xff\xdc\x41")
@example(b"a\x00b\x00c\x00\xdc")
@example(b"\xef\xbb\xbfab\xff")
@example(b"\xd0\xd0\xd0\xd0\x98\x81")
@settings(max_examples=400)
def test_bytes_come_back(data: bytes) -> None:
    text, encoding, _ = decode(data)
    assert encode(text, encoding) == data


@given(st.text(max_size=200), st.sampled_from(["utf-16-le", "utf-16-be"]), st.binary(max_size=1))
def test_marked_utf16_comes_back_even_when_cut(text: str, encoding: str, tail: bytes) -> None:
    data = ("\ufeff" + text).encode(encoding) + tail
    decoded = decode(data)
    assert encode(decoded.text, decoded.encoding) == data


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200))
def test_utf8_is_read_as_it_is(text: str) -> None:
    assert decode(text.encode()) == (text, "utf-8", ())


def test_the_mark_of_utf8_stays_in_the_text() -> None:
    assert decode(b"\xef\xbb\xbf# A") == ("\ufeff# A", "utf-8", ())


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
@pytest.mark.parametrize(
    "text", [RUSSIAN.replace("—", "-").replace("№", "N"), SENTENCE, SENTENCE.upper(), SHORT]
)
def test_russian_code_pages_are_told_apart(text: str, encoding: str) -> None:
    decoded = decode(text.encode(encoding), "a.md")
    assert (decoded.text, decoded.encoding) == (text, encoding)
    (finding,) = decoded.diagnostics
    assert (finding.code, finding.severity, finding.note) == ("bad-encoding", Severity.WARNING, "a.md")
    assert encoding in finding.message


def test_typography_of_windows_is_kept() -> None:
    text = RUSSIAN + "«Ёлки» … „так“ — №\u00a05\n"
    assert decode(text.encode("cp1251"))[:2] == (text, "cp1251")


def test_ukrainian_in_cp1251() -> None:
    text = "Її сім'я живе у Києві, а ґанок стоїть біля хати. Це дуже гарне місто."
    assert decode(text.encode("cp1251"))[:2] == (text, "cp1251")


@pytest.mark.parametrize(
    "text",
    [
        "Un café très agréable à l'été, où l'on s'ennuie déjà.",
        "Größe überprüfen, Straße schließen.",
        "El niño comió piñas y jalapeños mañana.",
        "Räksmörgås på åländska öar, blåbär.",
        "It’s “quoted” – naïve…",
        "price: 5 € — café",
        "20°C",
    ],
)
def test_western_texts_are_not_taken_for_russian(text: str) -> None:
    assert decode(text.encode("cp1252")).text == text


def test_russian_far_inside_a_long_english_file() -> None:
    text = "plain words\n" * 20_000 + RUSSIAN.replace("—", "-")
    assert decode(text.encode("cp1251"))[:2] == (text, "cp1251")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [RUSSIAN, "Plain English text.\n", "Смесь of both 😀\n", "a — b\n"])
def test_utf16_with_and_without_a_mark(text: str, encoding: str) -> None:
    assert decode(("\ufeff" + text).encode(encoding))[:2] == ("\ufeff" + text, encoding)
    decoded = decode(text.encode(encoding), "x.md")
    assert (decoded.text, decoded.encoding) == (text, encoding)
    assert [d.code for d in decoded.diagnostics] == ["bad-encoding"]


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be"])
def test_utf32_with_a_mark(encoding: str) -> None:
    assert decode(("\ufeff" + RUSSIAN).encode(encoding))[:2] == ("\ufeff" + RUSSIAN, encoding)


def test_a_wrong_byte_in_utf8_is_named_with_its_line() -> None:
    data = "первая\nвторая ".encode() + b"\xff" + " дальше\n".encode()
    text, encoding, (finding,) = decode(data, "x.md")
    assert encoding == "utf-8"
    assert text == "первая\nвторая \udcff дальше\n"
    assert (finding.code, finding.line) == ("bad-encoding", 2)
    assert "1 byte that is not UTF-8, first on line 2" in finding.message


def test_utf8_cut_in_the_middle_of_a_letter() -> None:
    text, encoding, _ = decode("привет, мир".encode()[:-1])
    assert encoding == "utf-8"
    assert text.startswith("привет, ми")


def test_nul_bytes_are_kept_and_named() -> None:
    text, encoding, (finding,) = decode(b"one\ntwo\0\0\nthree", "x.md")
    assert (text, encoding) == ("one\ntwo\0\0\nthree", "utf-8")
    assert (finding.code, finding.line) == ("nul-bytes", 2)
    assert "2 NUL bytes" in finding.message


def test_a_large_file_of_a_code_page_is_read_in_reasonable_time() -> None:
    data = (RUSSIAN.replace("—", "-") * 20_000).encode("cp1251")
    text, encoding, _ = decode(data)
    assert encoding == "cp1251"
    assert len(text) == len(data)
