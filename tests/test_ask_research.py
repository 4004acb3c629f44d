"""A search brief is worth asking, and nothing private is in it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.ask import Research, research_note
from notec.facts.words import tokens
from notec.front.cli import main
from notec.models import Request, Scripted
from notec.vault import Note, parse_markdown

CHAT = """\
>[!nexus_user] **User** - 28.07.2025 at 12:33
><!-- UID: 7f3a21c0 -->
>У меня видеокарта на 96 ГБ. Есть ли смысл запускать дома очень большую модель, например Qwen3-235B?

>[!nexus_agent] **Qwen3-235B** - 28.07.2025 at 12:39
><!-- UID: 7f3a21c1 -->
>Главная трудность в другом: скорость упирается в пропускную способность памяти, см. [[Memory bandwidth]].
>
>- Если ничего не менять, большая модель будет давать десять токенов в секунду.
>
>Как решить: измерять скорость две недели и только потом покупать серверную плату. Гусев обещал скидку.
"""


def note_of(text: str, path: str = "note.md") -> Note:
    return parse_markdown(path, text).value


def texts(found: Research) -> list[str]:
    return [aspect.text for aspect in found.aspects]


def test_aspects_come_from_the_note_and_say_why() -> None:
    found = research_note(note_of(CHAT, "Чат.md"))
    assert found.language == "ru"
    assert any("ропускная способность памяти" in text for text in texts(found))
    assert any("ерверная плата" in text for text in texts(found))
    assert all(aspect.why for aspect in found.aspects)
    assert all(c.note == "Чат.md" for aspect in found.aspects for c in aspect.because)
    assert found.markdown().startswith("- ")


def test_at_most_twenty_each_once() -> None:
    words = ("память", "скорость", "плата", "модель", "токен", "экран", "диск", "сеть", "ключ", "окно")
    words += ("замок", "стол", "книга", "чашка", "дверь", "лестница")
    text = "".join(f"Проблема: {a} и {b} мешают, {a} {b}.\n\n" for a in words for b in words if a != b)
    found = texts(research_note(note_of(text)))
    assert len(found) == 20
    assert len({text.casefold() for text in found}) == 20


def test_a_question_that_says_nothing_private_may_go_as_it_is() -> None:
    assert "Есть ли смысл запускать дома очень большую модель?" in texts(research_note(note_of(CHAT)))
    approved = research_note(note_of(CHAT), approve=["qwen3-235b"])
    assert "Есть ли смысл запускать дома очень большую модель, например Qwen3-235B?" in texts(approved)


def test_what_is_approved_can_be_asked_about() -> None:
    found = research_note(note_of("# Board\n\nThe server board is a Zephyrus board.\n"), approve=["Zephyrus"])
    assert any("Zephyrus" in text for text in texts(found))
    assert "Zephyrus" not in [w.text for w in found.withheld]


def test_the_speech_follows_the_note() -> None:
    found = research_note(note_of("# Board\n\nThe problem is that the server board is slow.\n"))
    assert texts(found) == ["Server board: what does it depend on, and what usually gets in the way"]


@pytest.mark.parametrize("text", ["", "Гусев 123", "---\na: b\n---\n", "#tag\n", "![[x.png]]"])
def test_a_note_without_anything_to_ask(text: str) -> None:
    found = research_note(note_of(text))
    assert found.aspects == ()
    assert found.markdown() == ""


NAMES_WORDS = """
Гусев Мельник Шмакова Хабибуллин Кузьмич Ольга Сыктывкар Ковальчук Зубарев Рабинович Мамедов Абрамян
Kowalczyk Baker Hunter Xiomara Okonkwo Springfield Bluebird Siobhan Nguyen McDonald Zhang Oyelaran
"""
NAMES = st.sampled_from(NAMES_WORDS.split())
INVENTED = st.text(st.sampled_from("бвгдзклмнаеиоу"), min_size=5, max_size=9).map(str.capitalize)
TEMPLATES = st.sampled_from(
    [
        "{} опять не платит за память.",
        "Проблема: {} не отдаёт плату.",
        "Если {} ничего не сделает, придётся менять модель.",
        "Как решить: поговорить с {} о скорости памяти.",
        "См. [[{}]] и [[Плата {}|плату]].",
        "# {}\n",
        "- [ ] позвонить: {}",
        "| плата | {} |",
        "`{}_db` не отвечает, #клиент/{}",
        "[{}](https://{}.example.org/x)",
        "The problem is that {} does not pay for memory.",
        "{} said that the server board is slow.",
        "> [!note] {}\n> Otherwise the memory is lost.",
        "%% {} %% Что делать с {}?",
        "Whom should I ask about memory, {} or a friend?",
        "---\nclient: {}\n---",
    ]
)


@given(st.lists(st.tuples(TEMPLATES, st.one_of(NAMES, INVENTED)), min_size=1, max_size=6))
def test_no_name_gets_out(lines: list[tuple[str, str]]) -> None:
    ordinary = {form.casefold() for template, _ in lines for t in tokens(template) for form in [t.form]}
    text = "\n\n".join(template.replace("{}", name) for template, name in lines)
    found = research_note(note_of(text))
    said = {t.form.casefold() for t in tokens(found.markdown())}
    for _, name in lines:
        assert not [
            word for word in said - ordinary if word.startswith(name.casefold()[: max(4, len(name) - 2)])
        ]
    assert not any(char.isdigit() for char in found.markdown())


@given(
    st.text(
        st.one_of(st.sampled_from("абв АБ 1@./-+#[]|"), st.characters(exclude_categories=("Cs",))),
        max_size=300,
    )
)
def test_no_number_and_no_address_gets_out_of_any_note(text: str) -> None:
    shown = research_note(note_of(text)).markdown()
    assert not any(char.isdigit() or char in "@/" for char in shown)


def test_what_a_model_proposes_is_screened() -> None:
    def reply(request: Request) -> str:
        assert "<note>" in request.messages[-1].content
        return json.dumps(
            {
                "aspects": [
                    "Как быстро устаревает память?",
                    "Что думает Гусев?",
                    "Сколько стоит 96 ГБ?",
                    "Как мне быть?",
                    7,
                ]
            },
            ensure_ascii=False,
        )

    found = research_note(note_of(CHAT), model=Scripted(reply))
    assert texts(found) == ["Как быстро устаревает память?"]
    assert found.dropped == 3


@pytest.mark.parametrize("reply", ["", "[1, 2]", '{"aspects": 3}', "{" * 9999])
def test_a_model_that_is_no_help_is_reported(reply: str) -> None:
    found = research_note(note_of(CHAT), model=Scripted([reply]))
    assert [d.code for d in found.diagnostics] == ["model-failed"]
    assert found.aspects


def test_the_command_prints_only_what_may_leave(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault" / "Чат с Гусевым.md").write_text(CHAT, encoding="utf-8")
    options = ["--vault", str(tmp_path / "vault"), "--home", str(tmp_path / "home")]
    assert main([*options, "index"]) == 0
    capsys.readouterr()
    assert main([*options, "research", "Чат с Гусевым", "--save"]) == 0
    shown = capsys.readouterr()
    assert "пропускная способность памяти" in shown.out.casefold()
    assert all(line.startswith("- ") for line in shown.out.splitlines())
    assert "Гусев" in shown.err
    assert "--approve WORD" in shown.err
    (saved,) = (tmp_path / "vault" / "notec").iterdir()
    for text in (shown.out, saved.read_text(encoding="utf-8"), saved.name):
        assert "усев" not in text
        assert "Qwen" not in text
    assert main([*options, "research", "Чат с Гусевым", "--approve", "Qwen3-235B", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert any("Qwen3-235B" in aspect["text"] for aspect in data["aspects"])
    assert "Гусев" in [item["text"] for item in data["withheld"]]
