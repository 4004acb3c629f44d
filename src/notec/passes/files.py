"""Files of a generated project, each line with what it comes from.

Must not know: the target language, where files are written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from notec.passes.ir import DataType, Function, Program

What = Literal["layout", "import", "type", "signature", "doc", "body", "stub", "harness", "test", "page"]


class Origin(NamedTuple):
    """What a line comes from.

    Args:
        ids: of steps, functions, data types, tests or components; never empty in a generated file.
    """

    what: What
    ids: tuple[str, ...]


@dataclass(frozen=True)
class File:
    """A file of the project; `origins` has one entry for each line of `text`."""

    path: str
    text: str
    origins: tuple[Origin, ...]


def rests_on(program: Program, name: str) -> tuple[str, ...]:
    """The ids of the requirements that a step, function, data type, test, component or requirement rests on.

    What names none itself rests on those of what it is part of.
    """
    for test in program.tests:
        if test.id == name:
            return test.requirements
    for procedure in program.procedures:
        for step in procedure.steps:
            if step.id == name:
                return step.requirements or rests_on(program, procedure.function)
    for component in program.architecture.components:
        parts: tuple[Function | DataType, ...] = (*component.functions, *component.types)
        inner = (r for part in parts for r in part.requirements)
        every = tuple(dict.fromkeys((*component.requirements, *inner)))
        if component.id == name:
            return every
        for part in parts:
            if part.id == name:
                return part.requirements or every
    return (name,) if any(r.id == name for r in program.requirements) else ()
