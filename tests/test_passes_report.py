"""The report says what is done, unverified and open, and why."""

from __future__ import annotations

from notec.core import Citation, Diagnostic, Severity, Span
from notec.passes import report
from notec.passes.ir import Program, Requirement, Result

CITE = Citation("a.md", 1, "x", Span(0, 1), "s")
PROGRAM = Program(
    tuple(Requirement(f"R{n}", f"text {n} | with a bar", because=(CITE,)) for n in (1, 2, 3)),
    results=(Result("R1", "done", "X1 passed"), Result("R2", "unverified", "X2 was not run: no | sandbox")),
)


def test_each_requirement_has_a_state_and_a_reason() -> None:
    page = report.page(PROGRAM, "Tool", "en")
    assert "1 done, 1 unverified, 1 open" in page
    assert "| R1 | done | X1 passed | text 1 \\| with a bar |" in page
    assert "| R2 | unverified | X2 was not run: no \\| sandbox |" in page
    assert "| R3 | open | the pass that decides it has not run |" in page


def test_in_russian() -> None:
    page = report.page(PROGRAM, "Утилита", "ru")
    assert page.startswith("# Отчёт: Утилита\n\n1 сделано, 1 не проверено, 1 открыто\n")


def test_edits_conflicts_and_findings_stand_in_it() -> None:
    said = [
        Diagnostic("edit-conflict", Severity.ERROR, "you changed it", "a.py", 3),
        Diagnostic("long-idea", Severity.INFO, "nothing worth a line", ""),
    ]
    page = report.page(PROGRAM, "Tool", "en", edited=["b.py"], conflicts=["a.py"], said=said)
    assert "## Files with your own changes\n\n- `b.py`\n" in page
    assert "the new text beside them\n\n- `a.py`\n" in page
    assert "- error edit-conflict: you changed it (a.py:3)\n" in page
    assert "nothing worth a line" not in page
