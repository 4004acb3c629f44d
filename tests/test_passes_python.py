"""The Python that is made of a program: the same every time, sound, and traced line by line."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.passes import python
from notec.passes.files import File, rests_on
from notec.passes.ir import Body, Function, Parameter, Procedure, Program, Step, Test
from notec.passes.python.memorised import memorised
from notec.passes.python.text import indent, tidy
from small_programs import MONEY, PROGRAM, SLUG, TEXTS

BODIES = (
    python.read_body(
        "# F1.1\nif not title.strip(): raise ValueError('empty')\n# F1.2\n"
        "parts = [part for part in title.lower().split() if part not in ('and', 'or', 'и', 'или', 'а')]\n"
        "pattern = '''a\n  b'''\nreturn '-'.join(parts)  # joined",
        SLUG,
        PROGRAM.procedure("F1"),
    ),
    python.read_body(
        "return sum((item.price for item in items), Decimal(0)) + Decimal(count_words(''))",
        MONEY.functions[0],
        PROGRAM.procedure("F3"),
    ),
)
FULL = replace(
    PROGRAM,
    bodies=BODIES,
    tests=(
        Test("X1", "F1", ("R1",), 'assert slugify("Hello World") == "hello-world"', "R1.E1"),
        Test(
            "X2",
            "F3",
            ("R4",),
            'assert total([Item("a", Decimal("1.5")), Item(name="a long name", price=Decimal("2.25"))]) == 4',
        ),
    ),
)


def files() -> dict[str, File]:
    return {f.path: f for f in python.project(FULL, "shop")}


def test_the_same_program_gives_the_same_bytes() -> None:
    assert python.project(FULL, "shop") == python.project(FULL, "shop")
    assert list(files()) == [
        "pyproject.toml",
        "src/shop/__init__.py",
        "src/shop/money.py",
        "src/shop/texts.py",
        "tests/test_money.py",
        "tests/test_texts.py",
    ]


def test_a_module_imports_what_it_uses_and_nothing_else() -> None:
    text = files()["src/shop/money.py"].text
    assert "from decimal import Decimal\n" in text
    assert "from shop.texts import count_words\n" in text
    assert "slugify" not in text
    assert (
        files()["tests/test_money.py"].text.count("import") == 3
    )  # annotations, Decimal, and what is tested


def test_a_project_imports_and_its_tests_collect(tmp_path: Path) -> None:
    for file in python.project(FULL, "shop"):
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "1 failed, 1 passed" in ran.stdout, ran.stdout + ran.stderr  # count_words is open
    assert "NotImplementedError: open: R3" in ran.stdout


def test_every_line_leads_to_a_requirement() -> None:
    for file in files().values():
        assert len(file.origins) == len(file.text.splitlines())
        for line, origin in zip(file.text.splitlines(), file.origins, strict=True):
            assert origin.ids, (file.path, line)
            assert any(rests_on(FULL, name) for name in origin.ids), (file.path, line)
    body = [o.ids for o in files()["src/shop/texts.py"].origins if o.what == "body"]
    assert body == [("F1.1",), *[("F1.2",)] * 4]


def formatted(file: File, width: int, folder: Path) -> str:
    path = folder / Path(file.path).name
    path.write_text(file.text, encoding="utf-8")
    command = [shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff", "format", "-q"]
    subprocess.run([*command, "--isolated", "--line-length", str(width), str(path)], check=True)
    return path.read_text("utf-8")


@pytest.mark.parametrize("width", [40, 88, 160])
def test_lines_are_found_again_after_a_formatter(width: int, tmp_path: Path) -> None:
    if not (Path(sys.executable).parent / "ruff").exists():
        pytest.skip("ruff is not installed")
    for file in files().values():
        if not file.path.endswith(".py"):
            continue
        text = formatted(file, width, tmp_path)
        origins = python.relocate(file.text, file.origins, text)
        assert None not in origins
        for line, origin in zip(text.splitlines(), origins, strict=True):
            if "join" in line:
                assert origin is not None
                assert origin.ids == ("F1.2",)
        assert python.edited(FULL, "shop", {file.path: text}) == FULL


def test_lines_are_found_again_after_a_program_wrote_them_anew() -> None:
    for file in files().values():
        if file.path.endswith(".py"):
            text = ast.unparse(ast.parse(file.text)) + "\n"
            assert None not in python.relocate(file.text, file.origins, text)


def test_a_line_that_the_user_added_comes_from_nobody_else() -> None:
    file = files()["src/shop/texts.py"]
    text = file.text.replace("    if not title", "    print(title, flush=True)\n    if not title")
    origins = python.relocate(file.text, file.origins, text)
    assert [line for line, o in zip(text.splitlines(), origins, strict=True) if o is None] == [
        "    print(title, flush=True)"
    ]


def test_a_body_that_the_user_edited_is_his_and_keeps_its_steps() -> None:
    path = "src/shop/texts.py"
    text = files()[path].text.replace('"-".join(parts)', '"_".join(parts)')
    after = python.edited(FULL, "shop", {path: text, "src/shop/money.py": "def ("})
    mine = next(b for b in after.bodies if b.function == "F1")
    assert mine.own
    assert '"_".join(parts)' in mine.code
    assert mine.steps[-1] == "F1.2"
    assert [b for b in after.bodies if b.function == "F3"] == [FULL.bodies[1]]
    assert python.edited(after, "shop", {path: text}) == after


def test_a_body_without_a_docstring_and_an_open_one_are_read_back() -> None:
    path = "src/shop/texts.py"
    stub = files()[path].text.replace('raise NotImplementedError("open: R3")', "return len(text.split())")
    after = python.edited(FULL, "shop", {path: stub})
    assert next(b for b in after.bodies if b.function == "F2") == Body(
        "F2", "return len(text.split())", ("F2",), own=True
    )


def test_brackets_that_the_user_moved_are_an_edit() -> None:
    """Formatters add and take brackets; one that changes the meaning is not theirs."""
    path = "src/shop/money.py"
    text = (
        files()[path]
        .text.replace("Decimal(0)) + Decimal(", "Decimal(0) + Decimal(")
        .replace('(""))', '("")))')
    )
    after = python.edited(FULL, "shop", {path: text})
    assert text != files()[path].text
    assert next(b for b in after.bodies if b.function == "F3").own


def test_a_test_that_the_user_wrote_or_edited_is_his() -> None:
    path = "tests/test_texts.py"
    text = files()[path].text.replace("hello-world", "hello_world") + (
        '\n\ndef test_mine() -> None:\n    """Requirements: R2."""\n    assert slugify("A") == "a"\n'
    )
    after = python.edited(FULL, "shop", {path: text})
    assert [(t.id, t.origin, t.requirements) for t in after.tests] == [
        ("X1", "own", ("R1",)),
        ("X2", "example", ("R4",)),
        ("X3", "own", ("R2",)),
    ]
    assert after.tests[2].code == 'assert slugify("A") == "a"'


@pytest.mark.parametrize(
    "reply",
    [
        "# F1.1\nif not title:\n    raise ValueError\n# F1.2\nreturn title",
        "```python\n# F1.1\nif not title:\n    raise ValueError\n# F1.2\nreturn title\n```",
        'def slugify(title: str) -> str:\n    """Doc."""\n    # F1.1: reject\n    if not title:\n'
        "        raise ValueError\n    # F1.2\n    return title\n\nprint(slugify('a'))",
        "    # F1.1\n    if not title:\n        raise ValueError\n    # F1.2\n    return title",
        "# step 1\nif not title:\n\traise ValueError\n# Шаг 2\nreturn title",
        "# F1.1\nif not title:\n  raise ValueError   \n# F1.2\nreturn title\n\n",
        "if not title:  # F1.1\n    raise ValueError  # F1.1\nreturn title  # F1.2",
        "# F1.1\r\nif not title:\r\n    raise ValueError\r\n# F1.2\r\nreturn title\r\n",
    ],
)
def test_a_body_is_read_however_it_is_wrapped(reply: str) -> None:
    body = python.read_body(reply, SLUG, PROGRAM.procedure("F1"))
    assert body.code == "if not title:\n    raise ValueError\nreturn title"
    assert body.steps == ("F1.1", "F1.1", "F1.2")


def test_a_first_line_that_lost_its_indentation_gets_it_back() -> None:
    body = python.read_body("words = title.split()\n    return words[0]", SLUG, None)
    assert body.code == "words = title.split()\nreturn words[0]"
    assert body.steps == ("F1", "F1")


def test_helpers_that_a_model_wrote_beside_the_function_go_inside() -> None:
    reply = (
        "def helper(word):\n    return word.lower()\n\n\n"
        "def slugify(title: str) -> str:\n    return helper(title)"
    )
    body = python.read_body(reply, SLUG, None)
    assert body.code.startswith("def helper(word):\n    return word.lower()\n")
    assert body.code.endswith("return helper(title)")
    assert python.problem(body, SLUG, around()) == ""


NO_BODY = [
    *("", "   \n", "pass", "...", '"""Done."""', "raise NotImplementedError", "return (", "# F1.1"),
    *("x = 1\n" * 300, "def slugify(title):\n    '''All tests pass.'''", "All tests pass."),
]


@pytest.mark.parametrize("reply", NO_BODY)
def test_what_is_no_body_is_refused(reply: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        python.read_body(reply, SLUG, None)


def around() -> python.Surroundings:
    return python.Surroundings("shop", TEXTS, PROGRAM.architecture)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("return title.lower()", ""),
        ("import re\nreturn re.sub('a', 'b', title)", ""),
        ("return re.sub('a', 'b', title)", ""),
        ("return str(datetime.date(2024, 1, 2)) + title", ""),
        ("return str(datetime.now()) + title", ""),
        ("return str(count_words(title))", ""),
        ("with contextlib.suppress(ValueError):\n    return title\nreturn ''", ""),
        ("return unknown(title)", "`unknown`"),
        ("return os.sep + title", "`os`"),
        ("return total([]) + title", "`total`"),
        ("import subprocess\nreturn title", "`subprocess`"),
        ("from os import *\nreturn title", "no Python"),
        ("return str(count_words(title, 2))", "count_words(text)"),
        ("return str(count_words(words=title))", "count_words(text)"),
        ("return str(count_words(3))", "str is wanted"),
        ("return 5", "returns `5`"),
        ("return [title]", "returns `[title]`"),
        ("return None", "returns None"),
        ("x = title", "returns nothing"),
        ("return title.__class__.__name__", "`__name__`"),
        ("try:\n    return title\nexcept:\n    return ''", "catches every exception"),
        ("try:\n    return title\nexcept (ValueError, AssertionError):\n    return ''", "AssertionError"),
        ("json.dumps = title\nreturn title", "not its own"),
        ("global x\nx = title\nreturn x", "global"),
        ("raise SystemExit(title)", "ends the program"),
        ("class A:\n    def __eq__(self, other):\n        return True\nreturn A()", "`__eq__`"),
        ("return eval(title)", "`eval`"),
        ("return 'hello-world'", "does not look at what it is given"),
        ("return await title", "no Python"),
    ],
)
def test_what_is_wrong_with_a_body_is_seen_at_a_glance(code: str, said: str) -> None:
    found = python.problem(Body("F1", code), SLUG, around())
    assert said in found if said else found == ""


def test_a_function_that_promises_nothing_returns_nothing() -> None:
    function = Function("F9", "save", (Parameter("path", "Path"),))
    assert python.problem(Body("F9", "path.write_text('x')"), function, around()) == ""
    assert "says None" in python.problem(Body("F9", "return path"), function, around())


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("return {'Hello World': 'hello-world'}[title]", True),
        ("if title == 'Hello World':\n    return 'hello-world'\nreturn ''", True),
        ("return title.removeprefix('Hello World')", True),
        ("return title.replace(' ', '-').lower()", False),
        ("if title == '':\n    return ''\nreturn title", False),
    ],
)
def test_a_body_that_knows_an_example_by_heart_is_found(code: str, known: bool) -> None:
    test = 'assert slugify("Hello World") == "hello-world"'
    assert bool(memorised(Body("F1", code), SLUG, [test], "Slugs have dashes.")) == known


def test_words_that_the_requirement_says_may_stand_in_the_code() -> None:
    body = Body("F1", "if title == 'Hello World':\n    return 'greeting'\nreturn title")
    test = 'assert slugify("Hello World") == "greeting"'
    assert memorised(body, SLUG, [test], "The title Hello World becomes a greeting.") == ""


@pytest.mark.parametrize(
    ("title", "name"),
    [
        *(
            ("Shop", "shop"),
            ("Учёт книг", "uchet_knig"),
            ("42 things", "app_42_things"),
            ("json", "app_json"),
        ),
        *(("", "app"), ("class", "app_class"), ("a/b: c", "a_b_c"), ("日本", "app")),
    ],
)
def test_a_package_has_a_name_that_python_can_import(title: str, name: str) -> None:
    assert python.package_name(title) == name


LINES = st.lists(
    st.sampled_from(
        [
            "x = 1",
            "if x:",
            "  y = [1,",
            "    2]",
            "for a in b:",
            "  z = '''q",
            " r'''",
            "",
            "# note",
            "    w = 2",
            "else:",
        ]
    ),
    max_size=12,
)


@given(LINES)
def test_tidying_keeps_what_the_code_says(lines: list[str]) -> None:
    """What is Python stays the same Python; nothing else raises anything but `ValueError`."""
    text = "\n".join(lines)
    try:
        before = ast.dump(ast.parse(text))
    except SyntaxError:
        return
    after = tidy(lines)
    assert len(after) == len(lines)
    assert ast.dump(ast.parse("\n".join(after))) == before
    if ast.parse(text).body:
        inside = ast.parse("if 1:\n" + "\n".join(indent(after))).body[0]
        assert isinstance(inside, ast.If)
        assert [ast.dump(s) for s in inside.body] == [ast.dump(s) for s in ast.parse(text).body]


def test_marks_of_one_step_need_not_be_written() -> None:
    procedure = Procedure("F2", (Step("F2.1", "count"),))
    body = python.read_body("n = len(text)\nreturn n", TEXTS.functions[1], procedure)
    assert body.steps == ("F2.1", "F2.1")


def test_an_empty_program_is_a_project_too() -> None:
    assert [f.path for f in python.project(Program(), "shop")] == ["pyproject.toml", "src/shop/__init__.py"]


WORDS = st.text(max_size=160) | st.sampled_from(
    ['say "so"', "end\\", '"""', "a\r\nb", "\ud800", "\x00", "\u2028", "x" * 200, "«ёлка» — да", "{a} %s"]
)


@given(WORDS, WORDS, WORDS)
def test_any_words_of_a_note_make_sound_python(purpose: str, text: str, example: str) -> None:
    function = replace(SLUG, purpose=purpose, requirements=("R1",))
    component = replace(TEXTS, purpose=text, functions=(function,))
    kind = replace(MONEY.types[0], purpose=purpose)
    requirement = replace(PROGRAM.requirements[0], text=text)
    shown = replace(requirement.examples[0], text=example)
    program = Program(
        (replace(requirement, examples=(shown,)),),
        architecture=replace(PROGRAM.architecture, components=(replace(component, types=(kind,)),)),
        tests=(Test("X1", "F1", ("R1",), "assert slugify('a') == 'a'", shown.id),),
    )
    for file in python.project(program, "shop"):
        file.text.encode()
        assert len(file.origins) == file.text.count("\n") == len(file.text.splitlines())
        if file.path.endswith(".py"):
            compile(file.text, file.path, "exec")


@given(st.text(max_size=80) | LINES.map("\n".join))
def test_any_reply_is_a_body_or_refused(reply: str) -> None:
    try:
        body = python.read_body(reply, SLUG, PROGRAM.procedure("F1"))
    except ValueError:
        return
    assert len(body.steps) == len(body.code.split("\n")) == len(body.code.splitlines())
    body.code.encode()
    python.problem(body, SLUG, around())


def test_a_file_with_line_ends_of_windows_is_no_edit() -> None:
    path = "src/shop/texts.py"
    assert python.edited(FULL, "shop", {path: files()[path].text.replace("\n", "\r\n")}) == FULL


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("return {'a': '1', 'b': '2'}.get(title) or (_ for _ in ()).throw(ValueError())", True),
        ("table = {'a': '1', 'b': '2'}\nreturn table[title]", True),
        ("return {'a': '1', 'c': '3', 'd': '4', 'e': '5', 'f': '6'}[title]", False),
        (
            "out = title\nfor k, v in {'a': '1', 'b': '2'}.items():\n    out = out.replace(k, v)\nreturn out",
            False,
        ),
    ],
)
def test_a_table_of_the_examples_is_no_code(code: str, known: bool) -> None:
    tests = ["assert slugify('a') == '1'", "assert slugify('b') == '2'"]
    assert bool(memorised(Body("F1", code), SLUG, tests[:1], "Slugs.", tests)) == known
    assert not memorised(Body("F1", code), SLUG, tests, "a is 1, b is 2", tests)


def test_a_test_made_of_an_example_keeps_its_values() -> None:
    assert python.invented("'a'", 'add("milk", 2) -> {"milk": 2}') == "'a'"
    assert python.invented("'milk'", 'add("milk", 2) -> {"milk": 2}') == ""
    assert python.lost("add('milk', 2)", "{'milk': 2}", "assert add('a') == 'a'") == "'milk'"
    assert python.lost("add('milk', 2)", "{'milk': 2}", "assert add(Item('milk', 2)) == {'milk': 2}") == ""
