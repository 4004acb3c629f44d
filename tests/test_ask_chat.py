"""A conversation survives being saved, read and continued."""

import io
import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notec.ask import Answer, Chat
from notec.ask.chat import in_context, words_of
from notec.ask.escape import flat
from notec.core import Citation, Claim, Span
from notec.front.cli import main
from notec.vault import Note, parse_markdown

NOW = datetime(2025, 7, 28, 12, 33)
WORDS = st.text(
    st.one_of(
        st.sampled_from("ab я.,?!-*_[]()#^|<>`\\&;:=~%$+1\n"), st.characters(exclude_categories=("Cs", "Cc"))
    ),
    min_size=1,
    max_size=30,
).filter(lambda words: bool(flat(words)))


def answering(question: str) -> Answer:
    """Says the question back, with a source; refuses what begins with "no"."""
    if question.lower().startswith("no"):
        return Answer(question, "select", refused=True, reason="the vault does not say", language="en")
    claim = Claim(question, (Citation("A.md", len(question), question, Span(0, len(question)), "1"),))
    return Answer(question, "select", (claim,), language="en")


def link_of(citation: Citation) -> str:
    return f"[[{citation.note.removesuffix('.md')}]]"


def chat_of(*questions: str, note: Note | None = None) -> Chat:
    ids = iter(f"id{number}" for number in range(99))
    options = {"now": lambda: NOW, "new_id": lambda: next(ids)}
    chat = Chat.resume(note, answering, **options) if note else Chat(answering, **options)
    for question in questions:
        chat.say(question)
    return chat


def read(text: str) -> Note:
    return parse_markdown("notec/chat.md", text).value


def test_the_form_of_a_chat_export() -> None:
    text = chat_of("What is a KV cache?").markdown(link_of)
    assert text == (
        '---\ncreated: 2025-07-28T12:33:00\nnotec: chat\nquestion: "What is a KV cache?"\n---\n'
        ">[!nexus_user] **User** - 28.07.2025 at 12:33\n><!-- UID: id0 -->\n>What is a KV cache?\n\n"
        ">[!nexus_agent] **notec** - 28.07.2025 at 12:33\n><!-- UID: id1 -->\n>What is a KV cache?[^1]\n\n"
        "[^1]: [[A]], line 19: “What is a KV cache?”\n"
    )


@given(st.lists(WORDS, min_size=1, max_size=4))
@example(["``"])
@example(["__0__"])
def test_what_was_said_is_read_again(questions: list[str]) -> None:
    chat = chat_of(*questions)
    note = read(chat.markdown(link_of))
    assert [turn.role for turn in note.turns] == ["user", "assistant"] * len(questions)
    assert [turn.id for turn in note.turns] == [message.id for message in chat.messages]
    assert {turn.time for turn in note.turns} == {"2025-07-28T12:33"}
    for turn, message in zip(note.turns, chat.messages, strict=True):
        if message.role == "user":
            assert flat(words_of(note, turn)) == flat(message.words)


@given(st.lists(WORDS, min_size=1, max_size=3), st.lists(WORDS, min_size=1, max_size=3))
def test_a_conversation_goes_on_where_it_was_left(first: list[str], second: list[str]) -> None:
    text = chat_of(*first).markdown(link_of)
    note = read(text)
    chat = chat_of(*second, note=note)
    again = chat.markdown(link_of)
    whole = read(again)
    assert len(whole.turns) == 2 * (len(first) + len(second))
    before = [note.text_of(turn).rstrip("\n") for turn in note.turns]
    assert [whole.text_of(turn).rstrip("\n") for turn in whole.turns][: len(before)] == before
    definitions = [f.label for f in whole.footnotes if f.kind == "definition"]
    assert len(set(definitions)) == len(definitions)
    assert {f.label for f in whole.footnotes if f.kind == "reference"} == set(definitions)
    untouched = Chat.resume(whole, answering)
    assert untouched.new == ()
    assert read(untouched.markdown(link_of)).turns == whole.turns


def test_an_export_of_another_program_goes_on_with_line_ends_and_footnotes_of_its_own() -> None:
    turn = ">[!nexus_user] **User** - 28.07.2025 at 12:33\r\n><!-- UID: 7f -->\r\n>Why?[^1]"
    text = f"# Chat\r\n\r\n{turn}\r\n\r\n[^1]: my own note"
    chat = chat_of("And now?", note=read(text))
    assert chat.messages[0].words == "Why?"
    again = chat.markdown(link_of)
    assert again.startswith(text)
    assert "\n" not in again.replace("\r\n", "")
    assert "[^2]: [[A]]" in again
    assert [turn.role for turn in read(again).turns] == ["user", "user", "assistant"]


def test_a_refusal_is_a_turn_as_well() -> None:
    text = chat_of("no idea?").markdown(link_of)
    note = read(text)
    assert words_of(note, note.turns[1]) == "the vault does not say"


@pytest.mark.parametrize(
    ("words", "asked", "wanted"),
    [
        ("What does it cost?", ["What is a KV cache?"], "What does it cost? KV cache"),
        ("А сколько она стоит?", ["Какая нужна видеокарта?"], "А сколько она стоит? видеокарта"),
        ("а электричество?", ["Сколько стоит сервер?"], "а электричество? сервер"),
        (
            "Where does the licence of DeepSeek stand?",
            ["What is a KV cache?"],
            "Where does the licence of DeepSeek stand?",
        ),
        ("What does it cost?", [], "What does it cost?"),
    ],
)
def test_a_follow_up_is_asked_in_context(words: str, asked: list[str], wanted: str) -> None:
    assert in_context(words, asked) == wanted


def test_a_short_question_that_stands_alone_is_asked_alone_first() -> None:
    asked: list[str] = []

    def ask(question: str) -> Answer:
        asked.append(question)
        return answering("no" if question == "price?" else question)

    chat = Chat(ask)
    chat.say("What is a server board?")
    chat.say("privacy?")
    answer = chat.say("price?")
    assert asked == ["What is a server board?", "privacy?", "price?", "price? privacy"]
    assert answer.question == "price?"
    assert not answer.refused


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    vault = tmp_path / "vault"
    vault.mkdir()
    (vault / "Disk.md").write_text(
        "# Disk\n\nThe disk of the machine holds four terabytes.\n", encoding="utf-8"
    )
    (vault / "Диск.md").write_text("# Диск\n\nДиск машины вмещает четыре терабайта.\n", encoding="utf-8")
    options = ["--vault", str(vault), "--home", str(tmp_path / "home")]
    assert main([*options, "index"]) == 0
    return options


def typed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="ascii"))


def test_the_command_answers_a_line_at_a_time_and_saves_when_asked(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    typed(
        monkeypatch,
        "\ufeffсколько вмещает диск машины?\n\n/save\n/save\n"
        "What does the disk of the machine hold?\n/nonsense\n/quit\nnot asked\n".encode(),
    )
    assert main([*options, "chat", "--save"]) == 0
    shown = capsys.readouterr()
    assert "Диск машины вмещает четыре терабайта." in shown.out
    assert shown.err.count("saved as notec/") == 2
    assert "nothing new to save" in shown.err
    assert "no such command: /nonsense" in shown.err
    saved = list((tmp_path / "vault" / "notec").iterdir())
    assert [path.name for path in saved] == ["сколько вмещает диск машины - чат.md"]
    note = parse_markdown("x.md", saved[0].read_text(encoding="utf-8")).value
    assert [turn.role for turn in note.turns] == ["user", "assistant"] * 2


def test_the_command_continues_a_saved_conversation(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, b"What does the disk hold?\n")
    assert main([*options, "chat", "--save"]) == 0
    (saved,) = (tmp_path / "vault" / "notec").iterdir()
    typed(monkeypatch, b"and the machine?\n")
    assert main([*options, "chat", "--continue", saved.stem, "--save", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["question"] == "and the machine?"
    assert len(parse_markdown("x.md", saved.read_text(encoding="utf-8")).value.turns) == 4
    assert len(list((tmp_path / "vault" / "notec").iterdir())) == 1


def test_bytes_that_are_no_text_and_an_empty_input(
    options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, "сколько?".encode("cp1251") + b"\xff\x00\n")
    assert main([*options, "chat"]) == 1
    typed(monkeypatch, b"")
    assert main([*options, "chat", "--save"]) == 0
    typed(monkeypatch, b"x\n")
    assert main([*options, "chat", "--continue", "No such note"]) == 2
    assert "no note 'No such note'" in capsys.readouterr().err
