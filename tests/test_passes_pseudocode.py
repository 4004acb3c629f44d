"""Steps of functions, the user's own among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from compile_model import compiled, model
from notec.passes.page_pseudocode import pages, read_pages
from small_vaults import write_vault

IDEA = """\
## shop/words.idea
# Words

- The program must count the words of a text.

## shop/count.pseudo
// считает слова
функция count(text) -> число:
    если text пуст:
        вернуть 0
    вернуть число слов
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "vault").mkdir()
    write_vault(tmp_path / "vault", IDEA)
    return tmp_path


def test_the_users_own_pseudo_code_is_kept_word_for_word(place: Path) -> None:
    asked = model()
    build = compiled(place, asked, "shop", stop_after="pseudocode")
    assert build.program is not None
    own = [p for p in build.program.procedures if p.own]
    assert len(own) == 1
    assert [(s.text, s.depth) for s in own[0].steps] == [
        ("если text пуст:", 0),
        ("вернуть 0", 1),
        ("вернуть число слов", 0),
    ]
    text = (place / "vault/shop/count.pseudo").read_text()
    assert own[0].because[0].span.of(text) == own[0].because[0].quote
    function = next(f for f in build.program.architecture.functions if f.id == own[0].function)
    assert (function.name, function.parameters[0].name) == ("count", "text")
    assert not any(r.purpose == f"steps {function.id}" for r in asked.requests)


def test_steps_name_requirements_of_their_function_only(place: Path) -> None:
    asked = model(
        steps=lambda shown: {
            "steps": [
                {"text": "one", "depth": 5, "requirements": ["R1", "R99"]},
                {"text": " ", "depth": 0},
                {"text": "two", "depth": 4, "requirements": "R1"},
            ]
        }
    )
    build = compiled(place, asked, "shop/words.idea", stop_after="pseudocode")
    assert build.program is not None
    (procedure,) = build.program.procedures
    assert [(s.id, s.depth, s.requirements) for s in procedure.steps] == [
        ("F1.1", 0, ("R1",)),
        ("F1.2", 1, ("R1",)),
    ]


def test_where_a_model_gives_none_requirements_stand_in_for_steps(place: Path) -> None:
    build = compiled(place, model(steps=lambda s: "?"), "shop/words.idea", stop_after="pseudocode")
    assert build.program is not None
    assert [s.text for s in build.program.procedures[0].steps] == [
        "The program must count the words of a text."
    ]
    assert "plain-steps" in {d.code for d in build.diagnostics}


def test_pages_are_read_back_as_they_were_made(place: Path) -> None:
    build = compiled(place, model(), "shop", stop_after="pseudocode")
    assert build.program is not None
    texts = list(pages(build.program, "en").values())
    assert read_pages(texts, build.program, "en") == build.program.procedures
    edited = read_pages([t.replace("вернуть 0", "вернуть ноль [1]") for t in texts], build.program, "en")
    assert [s.text for p in edited if p.own for s in p.steps][1] == "вернуть ноль [1]"
