"""What is private does not pass the screen, in whatever form it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.ask.ordinary import is_ordinary, spoken_privately
from notec.ask.private import Screen
from notec.vault import parse_markdown


def screen(text: str, *approved: str, path: str = "note.md") -> Screen:
    return Screen(parse_markdown(path, text).value, approved)


SECRETS = [
    ("Говорил с Ольгой Петровной Шмаковой о плате.", "Ольгой"),
    ("Говорил с Ольгой Петровной Шмаковой о плате.", "шмакова"),
    ("Плату чинит Кузьмич, а Кузьмича не найти.", "кузьмичу"),
    ("Мельник опять не заплатил.", "мельник"),
    ("Встретил Ли у метро.", "Ли"),
    ("Еду в Сыктывкар.", "сыктывкаре"),
    ("Baker came late again.", "baker"),
    ("I met Xiomara.", "xiomara"),
    ("Ask Will and Mary-Jane.", "mary-jane"),
    ("The bakery belongs to O'Brien.", "o'brien"),
    ("# Договор с [[Зубарев Пётр|Петей]]", "зубаревым"),
    ("См. [[Sunrise]] и `zubarev_db`.", "sunrise"),
    ("См. [[Sunrise]] и `zubarev_db`.", "zubarev"),
    ("---\nclient: Зубарев\n---\nПлата.", "зубарев"),
    ("%% секрет: развод с Зубаревым %%", "зубаревым"),
    ("<!-- Зубарев -->", "зубарев"),
    ("#клиент/зубарев", "зубарев"),
    ("![[zubarev.png]]", "zubarev"),
    ("[site](https://zubarev.ru/x)", "zubarev"),
    ("Пиши на i.zubarev@example.com.", "zubarev"),
    ("Логин @shadowwolf.", "shadowwolf"),
    ("Живу на улице Лесной, дом 5.", "лесной"),
    ("At 221b Baker Street.", "baker"),
    ("Долг вырос до двух миллионов.", "двух"),
    ("Двухлетний сын, тридцатилетний коллега.", "двухлетний"),
    ("Полтора года, половина суммы.", "половина"),
    ("Fifty-five patients in twenty rooms.", "fifty-five"),
    ("Операция пятого мая.", "мая"),
    ("Operation in June.", "june"),
    ("В XIV веке.", "XIV"),
    ("Модель Qwen3-235B быстрая.", "qwen3-235b"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_private_word_does_not_pass(text: str, secret: str) -> None:
    found = screen(text)
    assert not found.passes(secret)
    assert not found.passes(f"the speed of {secret} and память")
    assert not found.word(secret)
    assert found.withheld


KINDS = [
    ("phone", "+7 (916) 123-45-67"),
    ("phone", "8 (916) 123-45-67"),
    ("e-mail", "ivan.petrov@example.com"),
    ("handle", "@shadow_wolf"),
    ("url", "https://github.com/ivanp/secret"),
    ("path", "/home/ivan/notes.txt"),
    ("path", r"C:\Users\ivan\x.txt"),
    ("id", "DE89370400440532013000"),
    ("id", "7f3a21c0-1111-2222-3333-444455556666"),
    ("money", "9 000 евро"),
    ("money", "$1,500.50"),
    ("date", "28.07.2025"),
    ("date", "12:33"),
    ("number", "20 000"),
    ("address", "ул. Матросова"),
]


@pytest.mark.parametrize(("kind", "text"), KINDS)
def test_what_has_a_telling_form_is_withheld_whole(kind: str, text: str) -> None:
    found = screen(f"Вот: {text}, и больше ничего.")
    assert (kind, text) in [(w.kind, w.text) for w in found.withheld]


def test_each_thing_is_listed_once_with_its_place() -> None:
    found = screen("Плата.\nЗвонил Гусев. Гусев не взял трубку.\nИ снова Гусев.")
    assert [w.to_json() for w in found.withheld] == [{"text": "Гусев", "kind": "name", "place": "note.md:2"}]


def test_ordinary_words_pass() -> None:
    found = screen("Главная трудность: пропускная способность памяти. The memory of a server board is slow.")
    assert found.passes("пропускная способность памяти")
    assert found.passes("memory of a server board")
    assert not found.withheld
    for word in [
        "память",
        "скорость",
        "трудность",
        "видеокарта",
        "облако",
        "memory",
        "speed",
        "must",
        "every",
        "gigabyte",
        "GPU",
        "ГБ",
        "PCIe",
    ]:
        assert is_ordinary(word), word


def test_a_word_that_is_a_name_anywhere_is_one_everywhere() -> None:
    found = screen("Проект Гранит опаздывает. Цвет гранита серый.")
    assert not found.passes("гранит")


def test_a_word_that_begins_a_sentence_is_no_name() -> None:
    assert screen("Скорость падает. Память дорогая.").passes("скорость памяти")


@pytest.mark.parametrize("word", ["гипертония", "Диагноз", "ипотеке", "долгами", "depression", "divorced"])
def test_a_dictionary_word_of_somebody_s_life_is_withheld_until_approved(word: str) -> None:
    note = parse_markdown("note.md", f"О чём речь: {word}, и это всё.\n").value
    assert word in [item.text for item in Screen(note).withheld]
    assert not Screen(note).passes(word)
    assert Screen(note, [word]).passes(word)


def test_what_the_user_approves_passes_in_any_case_and_alone() -> None:
    found = screen("Плату чинит Кузьмич с Гусевым.", "кузьмич")
    assert found.passes("плата и Кузьмич")
    assert not found.passes("Гусев")
    assert [w.text for w in found.withheld] == ["Гусевым"]
    assert found.let_out == ("Кузьмич",)


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=200), st.text(max_size=10))
def test_any_note_can_be_screened(text: str, approved: str) -> None:
    found = screen(text, approved)
    for item in found.withheld:
        assert item.text.strip()
        assert (
            not found.passes(item.text) or is_ordinary(item.text) or not any(c.isalnum() for c in item.text)
        )


def test_a_clause_about_somebody_is_private() -> None:
    assert spoken_privately(["мы", "платим"])
    assert spoken_privately(["купил", "моей", "жене"])
    assert spoken_privately(["my", "salary"])
    assert not spoken_privately(["скорость", "памяти"])
