"""Every generated line has a chain to words in a note; the page that shows it can do no harm."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from example_build import EXAMPLES, compiled
from notec.app.compiling import Build
from notec.core import Citation, Doc, Span
from notec.passes import trace_page
from notec.passes.ir import Architecture, Component, Example, Function, Program, Requirement
from notec.passes.trace import Trace, trace

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Build]:
    folder = tmp_path_factory.mktemp("made")
    return folder, compiled(folder)


def _unbroken(build: Build) -> None:
    """Each line of each generated file leads to words that stand in a note at that place."""
    found = build.trace
    assert found is not None
    for path, lines in found.lines.items():
        text = (Path(build.out) / path).read_text(encoding="utf-8")
        assert len(lines) == len(text.splitlines())
        for number in range(1, len(lines) + 1):
            chain = found.chain(path, number)
            assert chain is not None, f"{path}:{number}"
            assert chain.requirements, f"{path}:{number}"
            assert chain.because, f"{path}:{number}"
            assert chain.components or path.endswith(".md"), f"{path}:{number}"
            for citation in chain.because:
                note = (EXAMPLES / "vault" / citation.note).read_text(encoding="utf-8")
                assert citation.span.of(note) == citation.quote


def test_every_generated_line_has_a_chain_to_words_in_a_note(made: tuple[Path, Build]) -> None:
    _, build = made
    assert build.trace is not None
    assert {*build.trace.lines} == {*build.files} - {"REPORT.md", "TRACE.html", "trace.json"}
    _unbroken(build)


def test_a_line_of_code_goes_back_to_its_step_and_forward_again(made: tuple[Path, Build]) -> None:
    _, build = made
    assert build.trace is not None
    path = "src/will_it_fit/memory.py"
    text = (Path(build.out) / path).read_text(encoding="utf-8").splitlines()
    number = next(i for i, line in enumerate(text, 1) if "free < 10" in line)
    chain = build.trace.chain(path, number)
    assert chain is not None
    assert (chain.what, chain.steps, chain.functions, chain.components) == (
        "body",
        ("F2.4",),
        ("F2",),
        ("C1",),
    )
    assert [c.quote for c in chain.because] == [
        "It is `tight` when less than 10 GB stay free, and `too big` when nothing stays free."
    ]
    assert number in build.trace.back(chain.requirements[0])[path]


def test_every_line_has_a_chain_after_a_formatter_went_over_it(
    made: tuple[Path, Build], tmp_path: Path
) -> None:
    folder, _ = made
    shutil.copytree(folder, tmp_path / "copy")
    out = tmp_path / "copy/build"
    before = (out / "src/will_it_fit/memory.py").read_text(encoding="utf-8")
    style = ["--config", "line-length=50", "--config", "format.quote-style='single'"]
    subprocess.run(
        [sys.executable, "-m", "ruff", "format", *style, str(out)], check=True, capture_output=True
    )
    formatted = (out / "src/will_it_fit/memory.py").read_text(encoding="utf-8")
    assert formatted != before
    again = compiled(tmp_path / "copy")
    assert again.requests == 0
    assert (out / "src/will_it_fit/memory.py").read_text(encoding="utf-8") == formatted
    assert not list(out.rglob("*.new"))
    _unbroken(again)


def test_a_line_of_the_users_own_is_his(made: tuple[Path, Build], tmp_path: Path) -> None:
    folder, _ = made
    shutil.copytree(folder, tmp_path / "copy")
    path = "src/will_it_fit/money.py"
    file = tmp_path / "copy/build" / path
    file.write_text(file.read_text(encoding="utf-8") + "\n\nTARIFF = 'night'\n", encoding="utf-8")
    again = compiled(tmp_path / "copy")
    assert file.read_text(encoding="utf-8").endswith("TARIFF = 'night'\n")
    assert again.trace is not None
    count = len(again.trace.lines[path])
    assert again.trace.chain(path, count) is None
    assert again.trace.chain(path, count - 5) is not None
    assert path in (tmp_path / "copy/build/REPORT.md").read_text(encoding="utf-8")


def test_the_json_says_the_same(made: tuple[Path, Build]) -> None:
    _, build = made
    data = json.loads((Path(build.out) / "trace.json").read_text(encoding="utf-8"))
    assert build.trace is not None
    rests = {
        x["id"]: x["rests"] for k in ("components", "functions", "types", "steps", "tests") for x in data[k]
    }
    rests |= {r["id"]: [r["id"]] for r in data["requirements"]}
    words = {r["id"]: r["words"] for r in data["requirements"]}
    for file in data["files"]:
        for number, which in enumerate(file["lines"], 1):
            chain = build.trace.chain(file["path"], number)
            assert chain is not None
            named = {r for name in file["origins"][which][1] for r in rests[name]}
            assert named == {*chain.requirements}
            assert all(words[r] for r in named)
            for requirement in named:
                ranges = data["back"][requirement][file["path"]]
                assert any(first <= number <= last for first, last in ranges)


def _nasty() -> tuple[Trace, Doc]:
    evil = "</script><script>document.title='owned'</script> <img src=x onerror=alert(1)> 😀 %%DATA%% \u2028"
    doc = Doc("Идеи/<b>зло</b>.md", f"😀 Начало.\n{evil} `f` должна считать.\n")
    span = Span(doc.text.index(evil), len(doc.text) - 1)
    cite = Citation(doc.path, 2, span.of(doc.text), span, "s")
    requirement = Requirement(
        "R1", evil, because=(cite,), examples=(Example("R1.E1", evil, because=(cite,)),)
    )
    function = Function("F1", "f", purpose=evil, requirements=("R1",))
    program = Program(
        (requirement,), (), Architecture((Component("C1", "core", evil, ("R1",), (function,)),))
    )
    return trace(
        program, (), {"requirements.md": f"# {evil}\n\n## R1 · function · must\n\n{evil}\n"}, {}
    ), doc


def test_a_note_is_text_on_the_page_and_nothing_else() -> None:
    found, doc = _nasty()
    texts = {"requirements.md": "\n".join("x" for _ in found.lines["requirements.md"])}
    page = trace_page.files(found, texts, [doc], "<script>t</script>", "ru")["TRACE.html"]
    assert page.count("<script") == page.count("</script>") == 2
    assert "<img" not in page
    assert "<title>&lt;script&gt;" in page
    assert not re.search(r"<(?:link|iframe|object|a|base)\b|url\(|@import|fetch\(|import\(", page)
    assert "default-src 'none'" in page
    assert "unsafe" not in page


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    driver = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    with driver.sync_playwright() as play:
        context = play.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"), executable_path=chromium, args=FLAGS, headless=True
        )
        yield context
        context.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that fails on any error, and on any request but for itself."""
    wrong: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    page.close()
    assert wrong == []
    assert len(asked) == 1


def _texts(page: Any, selector: str) -> list[str]:
    found: list[str] = page.locator(selector).all_inner_texts()
    return found


def test_a_click_on_a_line_shows_pseudo_code_module_requirement_and_words(
    made: tuple[Path, Build], page: Any
) -> None:
    page.goto((Path(made[1].out) / "TRACE.html").as_uri())
    page.get_by_role("tab", name="src/will_it_fit/memory.py").click()
    page.locator("#files .row", has_text="if free < 10").click()
    assert _texts(page, "#plan .lit .id") == ["R3", "C1", "F2", "F2.4"]
    assert _texts(page, "#notes .lit") == [
        "It is `tight` when less than 10 GB stay free, and `too big` when nothing stays free."
    ]
    shown = page.locator("#chain").inner_text()
    for part in ("memory.py:", "F2.4", "verdict", "memory", "R3", "Will it fit.idea:9"):
        assert part in shown


def test_a_click_on_words_lights_all_that_came_of_them(made: tuple[Path, Build], page: Any) -> None:
    page.goto((Path(made[1].out) / "TRACE.html").as_uri())
    page.locator("#notes .w", has_text="Если параметры").click()
    assert "R4" in _texts(page, "#plan .lit .id")
    assert {"F1.1", "F2.1"} <= {*_texts(page, "#plan .lit .id")}
    lit = "\n".join(_texts(page, "#files .lit"))
    assert 'raise ValueError("parameters and bits cannot be negative")' in lit
    assert "size = parameters" not in lit
    page.locator("#plan .row", has_text="night_cost(watts, hours, price_per_kwh) возвращает").click()
    assert "energy = watts" in "\n".join(_texts(page, "#files .lit"))
    assert any("возвращает цену ночи" in text for text in _texts(page, "#notes .lit"))


def test_the_page_works_by_keyboard(made: tuple[Path, Build], page: Any) -> None:
    page.goto((Path(made[1].out) / "TRACE.html").as_uri())
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    assert len(_texts(page, "#files .sel")) == 1
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert len(_texts(page, "#plan .sel")) == 1
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert _texts(page, "#notes .sel")
    page.keyboard.press("Escape")
    assert _texts(page, ".sel, .lit") == []


def test_a_hostile_note_does_nothing_in_a_browser(page: Any, tmp_path: Path) -> None:
    found, doc = _nasty()
    texts = {"requirements.md": "\n".join("x" for _ in found.lines["requirements.md"])}
    file = tmp_path / "TRACE.html"
    file.write_text(trace_page.files(found, texts, [doc], "<i>t", "ru")["TRACE.html"], encoding="utf-8")
    page.goto(file.as_uri() + "#%E0%A4%A")  # an address that cannot be decoded
    assert page.title() == "<i>t"
    assert page.locator("img, #notes b, #notes script").count() == 0
    assert doc.text.splitlines()[0] in page.locator("#notes").inner_text()
    assert page.locator("#h-notes").inner_text().lower() == "слова заметок"
    page.locator("#notes .w").first.click()
    assert _texts(page, "#plan .lit .id") == ["R1", "C1", "F1"]
