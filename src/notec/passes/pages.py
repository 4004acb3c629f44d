"""The pages of a build: Markdown that a person reads, edits, and that the next run reads back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from notec.passes import page_architecture, page_pseudocode, page_requirements
from notec.passes.ir import Program

NAMES = ("requirements", "architecture", "pseudocode")


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


def edited(program: Program, texts: Mapping[str, str], title: str, language: str) -> Program:
    """A program with what the user edited on its pages since they were made from it.

    Args:
        texts: the pages as they are now, by path in the build folder; one that is missing changes nothing.
    """
    if (text := texts.get(page_requirements.PATH)) is not None:
        requirements = page_requirements.read_page(text, program.requirements, title, language)
        program = program if requirements is None else replace(program, requirements=requirements)
    if (text := texts.get(page_architecture.PATH)) is not None:
        architecture = page_architecture.read_page(text, program.architecture, title, language)
        program = program if architecture is None else replace(program, architecture=architecture)
    steps = [text for path, text in texts.items() if path.startswith(f"{page_pseudocode.FOLDER}/")]
    if steps:
        program = replace(program, procedures=page_pseudocode.read_pages(steps, program, language))
    return program
