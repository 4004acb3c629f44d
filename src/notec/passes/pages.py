"""The pages of a build: Markdown that a person reads, edits, and that the next run reads back."""

from __future__ import annotations

from notec.passes import page_requirements
from notec.passes.ir import Program


def pages(name: str, program: Program, title: str, language: str) -> dict[str, str]:
    """The pages that a pass has made, by path inside the build folder."""
    if name == "requirements":
        return {page_requirements.PATH: page_requirements.of(program, title, language)}
    return {}
