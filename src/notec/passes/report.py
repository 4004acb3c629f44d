"""`REPORT.md`: what is done, unverified or open, and why; what the user changed; what was found on the way.

The same build gives the same page.
"""

from __future__ import annotations

from collections.abc import Sequence

from notec.core import Diagnostic, Severity
from notec.passes.ir import Program, Result, State

PATH = "REPORT.md"
STATES: tuple[State, ...] = ("done", "unverified", "open")
_TEXTS = {
    "en": {
        "title": "Report",
        "done": "done",
        "unverified": "unverified",
        "open": "open",
        "means": "Done: a test ran green against this very code, and fails without it. "
        "Unverified: written, and not shown by a run. Open: not written, or a test fails.",
        "head": "| requirement | state | why | what |",
        "edited": "Files with your own changes",
        "conflicts": "Files left as they are, the new text beside them",
        "found": "Found on the way",
        "unrun": "the pass that decides it has not run",
    },
    "ru": {
        "title": "Отчёт",
        "done": "сделано",
        "unverified": "не проверено",
        "open": "открыто",
        "means": "Сделано: тест прошёл на этом самом коде и не проходит без него. "
        "Не проверено: написано, но запуском не показано. Открыто: не написано или тест не проходит.",
        "head": "| требование | состояние | почему | что |",
        "edited": "Файлы с вашими изменениями",
        "conflicts": "Файлы оставлены как есть, новый текст лежит рядом",
        "found": "Замечено по дороге",
        "unrun": "проход, который это решает, не запускался",
    },
}


def standing(program: Program, language: str = "en") -> tuple[Result, ...]:
    """How far each requirement has come; open where no pass has said it yet."""
    known = {r.requirement: r for r in program.results}
    return tuple(
        known.get(r.id) or Result(r.id, "open", _TEXTS[language]["unrun"]) for r in program.requirements
    )


def page(
    program: Program,
    title: str,
    language: str,
    *,
    edited: Sequence[str] = (),
    conflicts: Sequence[str] = (),
    said: Sequence[Diagnostic] = (),
) -> str:
    """The page as text.

    Args:
        edited, conflicts: paths in the build folder, see `Written`.
        said: of the whole run; what is only information is left out.
    """
    say = _TEXTS[language]
    every = standing(program, language)
    counts = ", ".join(f"{n} {say[s]}" for s in STATES if (n := sum(r.state == s for r in every)))
    lines = [f"# {say['title']}: {_flat(title)}", "", counts or "-", "", say["means"], ""]
    lines += [say["head"], "|---|---|---|---|"]
    texts = {r.id: r.text for r in program.requirements}
    lines += [
        f"| {r.requirement} | {say[r.state]} | {_cell(r.why)} | {_cell(texts[r.requirement])} |"
        for r in every
    ]
    for name, paths in (("edited", edited), ("conflicts", conflicts)):
        if paths:
            lines += ["", f"## {say[name]}", "", *(f"- `{path}`" for path in paths)]
    worth = [d for d in said if d.severity is not Severity.INFO]
    if worth:
        lines += ["", f"## {say['found']}", ""]
        lines += [f"- {d.severity} {d.code}: {_flat(d.message)}{_place(d)}" for d in worth]
    return "\n".join(lines) + "\n"


def _place(found: Diagnostic) -> str:
    if not found.note:
        return ""
    return f" ({found.note}:{found.line})" if found.line else f" ({found.note})"


def _cell(text: str) -> str:
    return _flat(text).replace("|", "\\|")


def _flat(text: str) -> str:
    return " ".join(text.split())
