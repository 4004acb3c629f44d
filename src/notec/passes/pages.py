"""The pages of a build: Markdown that a person reads, edits, and that the next run reads back."""

from __future__ import annotations

from notec.passes import page_architecture, page_pseudocode, page_requirements
from notec.passes.ir import Program


def pages(name: str, program: Program, title: str, language: str) -> dict[str, str]:
    """The pages that a pass has made, by path inside the build folder."""
    if name == "requirements":
        text = page_requirements.page(program.requirements, program.questions, title, language)
        return {page_requirements.PATH: text}
    if name == "architecture":
        text = page_architecture.page(program.architecture, program.requirements, title, language)
        return {page_architecture.PATH: text}
    if name == "pseudocode":
        return page_pseudocode.pages(program, language)
    return {}
