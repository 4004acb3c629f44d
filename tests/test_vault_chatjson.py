"""Chat exports of ChatGPT and Claude as notes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derived_laws import check_note
from notec.core import Outcome
from notec.vault.chatjson import looks_like_chat, read_chat
from notec.vault.note import Note


def read(data: Any, path: str = "chats/conversations.json") -> Outcome[Note]:
    found = read_chat(path, json.dumps(data))
    check_note(found.value)
    return found


def gpt(*messages: tuple[str, str, Any], title: str = "A talk", **more: Any) -> dict[str, Any]:
    """A conversation as ChatGPT exports it: messages of (id, parent, message)."""
    mapping: dict[str, Any] = {"root": {"id": "root", "message": None, "parent": None, "children": []}}
    for name, parent, message in messages:
        mapping[name] = {"id": name, "message": message, "parent": parent, "children": []}
        mapping[parent]["children"].append(name)
    last = messages[-1][0] if messages else "root"
    return {
        "title": title,
        "create_time": 1.0,
        "mapping": mapping,
        "current_node": last,
        "id": "conv-1",
    } | more


def said(role: str, text: Any, time: float | None = 1753705980.0, **more: Any) -> dict[str, Any]:
    content = {"content_type": "text", "parts": [text]}
    about = {"model_slug": "gpt-4o"} if role == "assistant" else {}
    return {
        "id": f"m-{role}",
        "author": {"role": role},
        "create_time": time,
        "content": content,
        "metadata": about,
    } | more


def test_a_conversation_of_chatgpt() -> None:
    talk = gpt(
        ("a", "root", said("user", "What is a note?")),
        ("b", "a", said("assistant", "A note is a file.\n\n## Why\nIt is plain.")),
        title="О заметках",
    )
    note = read([talk]).value
    assert note.doc.text == (
        "# О заметках\n\n**User** · 2025-07-28T12:33:00Z\n\nWhat is a note?\n\n"
        "**gpt-4o** · 2025-07-28T12:33:00Z\n\nA note is a file.\n\n## Why\nIt is plain.\n\n"
    )
    assert [(t.role, t.name, t.time, t.id) for t in note.turns] == [
        ("user", "User", "2025-07-28T12:33:00Z", "m-user"),
        ("assistant", "gpt-4o", "2025-07-28T12:33:00Z", "m-assistant"),
    ]
    assert [(note.text_of(s), s.turn) for s in note.statements if s.kind == "sentence"] == [
        ("What is a note?", 0),
        ("A note is a file.", 1),
        ("It is plain.", 1),
    ]
    assert note.heading_chains[note.statements[-1].heading] == ("О заметках", "Why")
    assert (note.title, note.uid) == ("О заметках", "conv-1")


def test_turns_tile_their_conversation() -> None:
    note = read([gpt(("a", "root", said("user", "One.")), ("b", "a", said("assistant", "Two.")))]).value
    assert [note.text_of(t).split("\n")[0] for t in note.turns] == [
        "**User** · 2025-07-28T12:33:00Z",
        "**gpt-4o** · 2025-07-28T12:33:00Z",
    ]
    assert note.turns[0].end == note.turns[1].start
    assert note.turns[1].end == len(note.doc.text)


def test_only_the_branch_that_was_shown_last() -> None:
    talk = gpt(
        ("a", "root", said("user", "Question.")),
        ("b", "a", said("assistant", "Old answer.", 2000.0)),
        ("c", "a", said("assistant", "New answer.", 1000.0)),
    )
    assert "Old answer." not in read([talk]).value.doc.text
    del talk["current_node"]
    assert "New answer." not in read([talk]).value.doc.text  # the newest leaf, where none is named


def test_what_is_not_said_to_the_user_is_left_out() -> None:
    hidden = {"is_visually_hidden_from_conversation": True}
    talk = gpt(
        ("1", "root", said("system", "Secret prompt.")),
        ("2", "1", said("user", "Hidden.", metadata=hidden)),
        ("3", "2", said("assistant", "search('x')", recipient="browser")),
        ("4", "3", said("tool", "Tool output.")),
        (
            "5",
            "4",
            said("assistant", "", content={"content_type": "thoughts", "thoughts": [{"content": "Hm."}]}),
        ),
        (
            "6",
            "5",
            said("assistant", "", content={"content_type": "code", "text": "x = '```'", "language": "py"}),
        ),
        ("7", "6", said("assistant", "Seen\ue200cite\ue202turn0\ue201.", content_extra=1)),
    )
    text = read([talk]).value.doc.text
    for word in ("Secret", "Hidden", "search", "Tool", "Hm."):
        assert word not in text
    assert "````py\nx = '```'\n````" in text
    assert "Seen.\n" in text


def test_pictures_and_speech() -> None:
    parts = [
        {"content_type": "image_asset_pointer", "asset_pointer": "x"},
        "What is it?",
        {"content_type": "audio_transcription", "text": "Hello."},
        None,
        {},
    ]
    talk = gpt(("a", "root", said("user", "", content={"content_type": "multimodal_text", "parts": parts})))
    assert "[image]\n\nWhat is it?\n\nHello.\n" in read([talk]).value.doc.text


def claude(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "uuid": "c-1",
        "name": "Talk",
        "created_at": "2025-07-28T12:00:00Z",
        "chat_messages": list(messages),
    } | more


def test_a_conversation_of_claude() -> None:
    question = {
        "uuid": "1",
        "sender": "human",
        "text": "old",
        "created_at": "2025-07-28T14:33:05.123456+02:00",
        "content": [{"type": "text", "text": "Вопрос?"}],
        "attachments": [{"file_name": "plan.txt"}],
        "files": [{"file_name": "plan.txt"}, {"file_name": "b.png"}],
    }
    unsaid = [{"type": "thinking", "thinking": "Hm"}, {"type": "tool_use", "input": {}}]
    answer = {"uuid": "2", "sender": "assistant", "text": "Ответ.", "created_at": "bad", "content": unsaid}
    data = [claude(question, answer, {"uuid": "3", "sender": "assistant", "text": ""})]
    note = read(data).value
    assert note.doc.text == (
        "# Talk\n\n**User** · 2025-07-28T12:33:05Z\n\nВопрос?\n\n[plan.txt]\n\n[b.png]\n\n"
        "**Claude**\n\nОтвет.\n\n"
    )
    assert [(t.role, t.name, t.id) for t in note.turns] == [
        ("user", "User", "1"),
        ("assistant", "Claude", "2"),
    ]
    assert note.uid == "c-1"


def test_many_conversations_in_one_file() -> None:
    data = [gpt(("a", "root", said("user", f"Question {i}.")), title=f"Talk {i}") for i in range(3)]
    note = read([*data, claude({"uuid": "1", "sender": "human", "text": "Hello there."})]).value
    assert [h.text for h in note.headings] == ["Talk 0", "Talk 1", "Talk 2", "Talk"]
    assert note.title == "conversations"
    assert note.uid == ""
    assert len(note.turns) == 4
    assert read({"conversations": data}).value.doc.text in note.doc.text
    assert read(data[0]).value.title == "Talk 0"


def test_a_message_with_an_open_fence_ends_with_it() -> None:
    talk = gpt(("a", "root", said("user", "```\n# not closed")), ("b", "a", said("assistant", "An answer.")))
    note = read([talk]).value
    assert [note.text_of(s) for s in note.statements if s.turn == 1] == ["An answer."]
    assert [h.text for h in note.headings] == ["A talk"]


def test_trees_that_bite_their_tail_or_lead_nowhere() -> None:
    loop = {
        "a": {"message": said("user", "Once."), "parent": "b"},
        "b": {"message": said("user", "Twice."), "parent": "a"},
    }
    assert len(read([{"mapping": loop, "current_node": "a"}]).value.turns) == 2
    assert len(read([{"mapping": loop, "current_node": "gone"}]).value.turns) <= 2
    assert read([{"mapping": {}, "current_node": None}]).value.turns == ()
    deep = {str(i): {"message": said("user", "Words."), "parent": str(i - 1)} for i in range(3000)}
    assert len(read([{"mapping": deep, "current_node": "2999"}]).value.turns) == 3000


@pytest.mark.parametrize(
    ("data", "code"),
    [("", "bad-json"), ("[{", "bad-json"), ("5", "bad-chat"), ("[]", "bad-chat"), ('[{"a": 1}]', "bad-chat")],
)
def test_files_that_are_no_export(data: str, code: str) -> None:
    found = read_chat("x/talks.json", data)
    assert [d.code for d in found.diagnostics] == [code]
    assert found.value.title in ("talks", "")


def test_times_out_of_this_world() -> None:
    for time in (
        float("nan"),
        -1.0,
        1e300,
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-23:00",
        "2025-02-30",
        True,
        [],
    ):
        talk = gpt(("a", "root", said("user", "Words.", time)))  # type: ignore[arg-type]
        assert read([talk, claude({"sender": "human", "text": "x", "created_at": time})]).value.turns


@pytest.mark.parametrize(
    ("head", "is_chat"),
    [
        (b'[{"title": "x", "create_time": 1, "update_time": 2, "mapping": {', True),
        (b'\xef\xbb\xbf [\n {"uuid": "1", "name": "n", "chat_messages" : [', True),
        (b'{"uuid": "1", "chat_messages": []}', True),
        (b'{"mapping": 1}', False),
        (b'"mapping" "create_time"', False),
        (b'["mapping", "create_time", "uuid", "chat_messages"]', False),
        (b"", False),
    ],
)
def test_sniffing(head: bytes, is_chat: bool) -> None:
    assert looks_like_chat(head) is is_chat


ANY = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "mapping",
                    "message",
                    "parent",
                    "content",
                    "parts",
                    "author",
                    "role",
                    "text",
                    "chat_messages",
                    "sender",
                    "title",
                    "metadata",
                    "content_type",
                    "children",
                    "current_node",
                    "a",
                    "b",
                ]
            ),
            inner | st.sampled_from(["user", "assistant", "human", "text", "code", "a", "b"]),
            max_size=6,
        )
    ),
    max_leaves=25,
)


@given(ANY)
def test_no_export_fails(data: Any) -> None:
    check_note(read_chat("a.json", json.dumps(data)).value)
    check_note(read_chat("a.json", json.dumps([{"mapping": data, "current_node": "a"}])).value)
    check_note(read_chat("a.json", json.dumps([{"chat_messages": [data]}])).value)
