"""A canvas as a note."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from derived_laws import check_note
from notec.core import Outcome
from notec.vault.canvas import read_canvas
from notec.vault.note import Note
from notec.vault.read import parse_bytes


def card(
    name: str, kind: str, x: float = 0, y: float = 0, w: float = 100, h: float = 50, **data: Any
) -> dict[str, Any]:
    return {"id": name, "type": kind, "x": x, "y": y, "width": w, "height": h, **data}


def canvas(*nodes: Any, edges: Any = ()) -> Outcome[Note]:
    found = read_canvas("a/board.canvas", json.dumps({"nodes": nodes, "edges": list(edges)}))
    check_note(found.value)
    return found


def text(*nodes: Any, edges: Any = ()) -> str:
    found = canvas(*nodes, edges=edges)
    assert found.diagnostics == ()
    return found.value.doc.text


def test_cards_stand_in_reading_order_with_their_ids() -> None:
    assert text(
        card("low", "text", y=500, text="Third."),
        card("right", "text", x=300, text="Second."),
        card("left", "text", text="First.\n\nMore."),
    ) == "First.\n\nMore.\n^left\n\nSecond.\n^right\n\nThird.\n^low\n\n"  # fmt: skip


def test_each_kind_of_card() -> None:
    note = canvas(
        card("1", "file", file="dir/Note.md", subpath="#Part"),
        card("2", "file", y=10, file="img/pic.png"),
        card("3", "link", y=20, url="https://example.org/?a=b"),
        card("4", "text", y=30, text="See [[Other|this]] #tag"),
    ).value
    assert [(link.target, link.heading, link.embed) for link in note.links if link.kind == "wikilink"] == [
        ("dir/Note.md", "Part", True),
        ("img/pic.png", "", True),
        ("Other", "", False),
    ]
    assert "<https://example.org/?a=b>\n^3\n" in note.doc.text
    assert note.title == "board"


def test_groups_are_headings_over_their_cards() -> None:
    note = canvas(
        card("loose", "text", x=2000, text="Outside."),
        card("in", "text", x=10, y=10, text="# Own heading\nInside the small one."),
        card("between", "text", x=10, y=400, text="In the large one."),
        card("small", "group", w=300, h=300, label="Small"),
        card("large", "group", x=-10, y=-10, w=900, h=900, label="Large"),
        card("nameless", "group", x=5000, w=10, h=10),
    ).value
    chains = {
        note.text_of(s): note.heading_chains[s.heading] if s.heading >= 0 else () for s in note.statements
    }
    assert chains["Outside."] == ()
    assert chains["In the large one."] == ("Large",)
    assert chains["Inside the small one."] == ("Large", "Small", "Own heading")
    assert [h.text for h in note.headings] == ["Large", "Small", "Own heading", "untitled"]


def test_arrows_are_a_list_with_links() -> None:
    said = text(
        card("a", "text", text="## The **first** idea\nmore"),
        card("b", "file", y=10, file="Note.md"),
        card("g", "group", x=500, w=10, h=10, label="Plans"),
        edges=[
            {"id": "1", "fromNode": "a", "toNode": "b", "label": "leads\nto"},
            {"id": "2", "fromNode": "b", "toNode": "a", "toEnd": "none"},
            {"id": "3", "fromNode": "a", "toNode": "g", "fromEnd": "arrow"},
            {"id": "4", "fromNode": "a", "toNode": "g", "fromEnd": "arrow", "toEnd": "none"},
        ],
    )
    assert said.endswith(
        "- [[#^a|The first idea]] → [[Note.md]]: leads to\n"
        "- [[Note.md]] — [[#^a|The first idea]]\n"
        "- [[#^a|The first idea]] ↔ [[#Plans]]\n"
        "- [[#^a|The first idea]] ← [[#Plans]]\n\n"
    )


def test_the_block_of_a_card_can_be_linked() -> None:
    note = canvas(card("ab-12", "text", text="Words."), card("ж_!", "text", y=9, text="Other.")).value
    assert [(i.id, note.text_of(note.blocks[i.block]).strip()) for i in note.block_ids] == [
        ("ab-12", "Words."),
        ("x", "Other."),
    ]


def test_a_fence_left_open_does_not_swallow_the_next_card() -> None:
    note = canvas(card("a", "text", text="```\ncode"), card("b", "text", y=9, text="A sentence.")).value
    assert "A sentence." in [note.text_of(s) for s in note.statements]


def test_a_card_that_begins_like_front_matter() -> None:
    note = canvas(card("a", "text", text="---\na: b\n---\nWords.")).value
    assert note.properties == {}
    assert not [b for b in note.blocks if b.kind == "frontmatter"]


def test_equal_cards_have_statements_with_different_ids() -> None:
    note = canvas(*(card(str(i), "text", y=i, text="The same words.") for i in range(4))).value
    again = canvas(*(card(str(i), "text", y=i, text="The same words.") for i in range(4))).value
    assert len({s.id for s in note.statements}) == 4
    assert note.statements == again.statements


def test_what_is_wrong_with_one_card_does_not_touch_the_others() -> None:
    found = canvas(
        7,
        {"type": "text", "text": "No id."},
        card("x", "text", y=1, text="Good."),
        card("x", "text", y=2, text="Twice."),
        card("w", "widget", y=3, text="Unknown."),
        card("f", "file", y=4),
        card("n", "text", y="far", w=float("nan"), text="No place."),
        edges=[{"id": "e", "fromNode": "x", "toNode": "gone"}, None],
    )
    said = {found.value.text_of(s) for s in found.value.statements}
    assert {"No id.", "Good.", "Twice.", "Unknown.", "No place."} <= said
    assert {d.code for d in found.diagnostics} == {"bad-canvas"}
    messages = "\n".join(d.message for d in found.diagnostics)
    for part in (
        "node 0 is no object",
        "node 1 has no id",
        "node 3 has the id of another",
        "node w has the unknown type 'widget'",
        "node f has no file",
        "edge e leads",
        "edge 1 leads",
    ):
        assert part in messages


def test_files_that_are_no_canvas() -> None:
    for empty in ("", "\ufeff", " \n", "{}"):
        assert read_canvas("c.canvas", empty).diagnostics == ()
    for broken, code, line in (
        ('{"nodes": [\n{]}', "bad-json", 2),
        ("[" * 200_000, "bad-json", 0),
        ("9" * 10_000, "bad-json", 0),
        ("[]", "bad-canvas", 0),
        ('{"nodes": 5, "edges": {}}', "bad-canvas", 0),
    ):
        found = read_canvas("c.canvas", broken)
        assert (found.diagnostics[0].code, found.diagnostics[0].line) == (code, line)
        assert (found.value.title, found.value.doc.text) == ("c", "")


def test_half_characters_and_control_characters_are_left_out() -> None:
    note = read_canvas(
        "c.canvas", '{"nodes":[{"id":"a","type":"text","text":"a\\ud83d b\\u0000c\\r\\nd"}]}'
    ).value
    assert note.doc.text == "a bc\nd\n^a\n\n"


def test_a_canvas_is_read_by_its_extension() -> None:
    data = json.dumps({"nodes": [card("a", "text", text="Слова.")]}).encode("utf-16")
    found = parse_bytes("x/b.canvas", data)
    assert found.value.doc.text == "Слова.\n^a\n\n"
    assert [d.code for d in found.diagnostics] == ["bad-encoding"]


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NODE = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "b", "c"]) | ANY_JSON,
        "type": st.sampled_from(["text", "file", "link", "group"]),
    },
    optional=dict.fromkeys(("x", "y", "width", "height", "file", "url", "label", "subpath"), ANY_JSON)
    | {"text": st.text(alphabet="ab #`-[]^|\n>*", max_size=30)},
)
EDGE = st.fixed_dictionaries(
    {"fromNode": st.sampled_from(["a", "b"])}, optional={"toNode": ANY_JSON, "label": ANY_JSON}
)


@given(
    st.fixed_dictionaries(
        {"nodes": st.lists(NODE | ANY_JSON, max_size=6) | ANY_JSON},
        optional={"edges": st.lists(EDGE) | ANY_JSON},
    )
)
@example(
    {
        "nodes": [
            {"id": "a", "type": "group", "width": 1, "height": 1},
            {"id": "b", "type": "group", "width": 1, "height": 1},
        ]
    }
)
def test_no_canvas_fails(data: Any) -> None:
    check_note(read_canvas("a.canvas", json.dumps(data)).value)


@given(ANY_JSON)
def test_no_json_fails(data: Any) -> None:
    check_note(read_canvas("a.canvas", json.dumps(data)).value)


@given(st.text(max_size=60))
def test_no_text_fails(data: str) -> None:
    check_note(read_canvas("a.canvas", data).value)
