"""Requirements become components with typed interfaces, and what is wrong with them is mended or said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compile_model import compiled, model
from notec.core import Citation, Span
from notec.passes.annotations import annotation, identifier, is_annotation
from notec.passes.ir import (
    Architecture,
    Component,
    Function,
    Parameter,
    Procedure,
    Program,
    Requirement,
    Step,
)
from notec.passes.mend import mended
from notec.passes.page_architecture import page, read_page
from notec.passes.verify import circle_of, verify
from small_vaults import write_vault

IDEA = """\
## words.idea
# Words

- The program must count the words of a text.
- The program must keep the number in a file.
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "vault").mkdir()
    write_vault(tmp_path / "vault", IDEA)
    return tmp_path


def requirement(name: str, text: str = "count the words") -> Requirement:
    return Requirement(name, text, because=(Citation("a.idea", 1, text, Span(0, 3), "s"),))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("List[str]", "list[str]"),
        ("Optional[int]", "int | None"),
        ("Union[int, str]", "int | str"),
        ("string", "str"),
        ("строка", "str"),
        ("Item?", "Item | None"),
        ("int[]", "list[int]"),
        ("list of strings", "list[str]"),
        ("datetime.date", "date"),
        ("void", "None"),
        ("Unknown", "Any"),
        ("x y z", "Any"),
        ("__import__('os')", "Any"),
        ("", "Any"),
        ("Literal['a', 'b']", "Literal['a', 'b']"),
    ],
)
def test_types_are_put_right(written: str, meant: str) -> None:
    assert annotation(written, frozenset(["Item"])) == meant
    assert is_annotation(meant, frozenset(["Item"]))


@given(st.text(max_size=30))
def test_names_and_types_are_valid_or_nothing(text: str) -> None:
    for name in (identifier(text), identifier(text, kind="class")):
        assert name == "" or name.isidentifier()
    compile(annotation(text), "type", "eval")


def test_a_wrong_architecture_is_mended_by_plain_code() -> None:
    requirements = [requirement("R1"), requirement("R2", "store the file")]
    wrong = Architecture(
        (
            Component("C1", "a", requirements=("R1", "R9"), needs=("C2", "C7", "C1")),
            Component("C2", "b", requirements=("R2",), needs=("C1",)),
            Component("C3", "c", requirements=("R8",)),
        )
    )
    wrong = Architecture(
        tuple(
            Component(
                c.id,
                c.name,
                requirements=c.requirements,
                needs=c.needs,
                functions=(Function(f"F{n}", "do", (Parameter("1 x", "string"),), "List[int]", "", ("R9",)),),
            )
            for n, c in enumerate(wrong.components, 1)
        )
    )
    program = Program(tuple(requirements), architecture=wrong)
    assert {d.code for d in verify(program)} >= {
        "unresolved-id",
        "bad-type",
        "circle",
        "uncarried-requirement",
    }
    right = mended(wrong, requirements)
    assert verify(Program(tuple(requirements), architecture=right)) == ()
    assert [c.name for c in right.components] == ["b", "a"] or circle_of(right) == ()
    assert right.components[0].functions[0].signature == "do(_1_x: str) -> list[int]"


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=15), st.data())
def test_mended_architectures_have_nothing_wrong_but_owners(
    edges: list[tuple[int, int]], data: st.DataObject
) -> None:
    requirements = [requirement(f"R{n}") for n in range(6)]
    components = []
    for n in range(6):
        needs = tuple(f"C{b}" for a, b in edges if a == n)
        own = (f"R{n}", data.draw(st.sampled_from(["R0", "R7", f"R{n}"])))
        function = Function(f"F{n}", "do", requirements=own)
        components.append(Component(f"C{n}", f"part{n}", "", own, (function,), (), needs))
    right = mended(Architecture(tuple(components)), requirements)
    assert verify(Program(tuple(requirements), architecture=right)) == ()


@pytest.mark.parametrize(
    ("program", "code"),
    [
        (Program((Requirement("R1", "x"),)), "no-because"),
        (Program((requirement("R1"), requirement("R1"))), "double-id"),
        (
            Program((requirement("R1"),), architecture=Architecture((Component("C1", "a"),))),
            "unowned-requirement",
        ),
        (
            Program((requirement("R1"),), architecture=Architecture((Component("C1", "a"),))),
            "needless-component",
        ),
        (Program((requirement("R1"),), procedures=(Procedure("F1", (Step("F1.1", "x"),)),)), "unresolved-id"),
    ],
)
def test_the_verifier_says_so(program: Program, code: str) -> None:
    assert code in {d.code for d in verify(program)}


def test_a_requirement_that_the_model_forgets_has_an_owner(place: Path) -> None:
    forgetful = model(
        components=lambda shown: {"components": [{"name": "counting", "requirements": ["R1"]}]},
        owners=lambda shown: {"owners": [{"requirement": "R2", "component": "storage"}]},
    )
    build = compiled(place, forgetful, stop_after="architecture")
    assert build.program is not None
    assert [(c.name, c.requirements) for c in build.program.architecture.components] == [
        ("counting", ("R1",)),
        ("storage", ("R2",)),
    ]


def test_without_any_answer_there_is_one_component(place: Path) -> None:
    mute = model(components=lambda s: "?", owners=lambda s: "?", interface=lambda s: "?")
    build = compiled(place, mute, stop_after="architecture")
    assert build.program is not None
    (component,) = build.program.architecture.components
    assert (component.name, component.requirements) == ("core", ("R1", "R2"))
    assert build.stopped == ""


def test_the_page_is_read_back_as_it_was_made(place: Path) -> None:
    build = compiled(place, model(), stop_after="architecture")
    assert build.program is not None
    made = build.program.architecture
    text = (place / "build/architecture.md").read_text()
    assert "```mermaid\nflowchart TD" in text
    assert read_page(text, made, "Words", "en") == made
    moved = text.replace("(text: str) -> int`", "(text: str, limit: int) -> int`", 1)
    edited = read_page(moved, made, "Words", "en")
    assert edited is not None
    assert edited.components[0].functions[0].parameters[1] == Parameter("limit", "int")
    assert read_page("nothing", made, "Words", "en") is None
    assert page(Architecture(), (), "x", "ru").startswith("# Архитектура")
