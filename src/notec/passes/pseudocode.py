"""The third pass: for each function the steps that carry it out; the user's own are kept as written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from notec.core import Citation, Diagnostic, Outcome, Severity, Span
from notec.passes.annotations import identifier
from notec.passes.context import Context
from notec.passes.interface import shown
from notec.passes.ir import Function, Procedure, Program, Step
from notec.passes.slot import Slot, ask_slot
from notec.spec.pseudo import PseudoFunction, functions
from notec.vault import Note

NAME = "pseudocode"
_VERSION = 1
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "steps": {
            "type": "array",
            "maxItems": 30,
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "depth": {"type": "integer", "minimum": 0, "maximum": 6, "default": 0},
                    "requirements": {"type": "array", "items": {"type": "string"}, "default": []},
                },
                "required": ["text", "depth", "requirements"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["steps"],
    "additionalProperties": False,
}


def run(context: Context, program: Program) -> Outcome[Program]:
    """The program with the pseudo-code of each function."""
    own = {
        identifier(f.name): (note, f)
        for note in context.notes
        if note.path.lower().endswith(".pseudo")
        for f in functions(note.doc)
        if f.lines
    }
    out: list[Procedure] = []
    said: list[Diagnostic] = []
    for function in program.architecture.functions:
        if function.name in own:
            out.append(_own(function, *own[function.name]))
            continue
        inputs = inputs_of(function, program)
        made = context.made.procedure(function.id)
        if made and not made.own and inputs == _last_inputs(function, context.ran.get(NAME, Program())):
            out.append(made)
            continue
        context.progress(f"pseudocode: {function.name}")
        outcome = _asked(context, function, inputs)
        said += outcome.diagnostics
        out.append(Procedure(function.id, outcome.value or _plain(function, program)))
        if outcome.value is None and not context.asker.dry:
            message = f"{function.id} ({function.name}): its requirements stand in for steps"
            said.append(Diagnostic("plain-steps", Severity.INFO, message, ""))
    return Outcome(replace(program, procedures=tuple(out)), tuple(said))


def inputs_of(function: Function, program: Program) -> dict[str, Any]:
    """All that the steps of a function depend on."""
    component = program.architecture.owner(function.id)
    known = [c for c in program.architecture.components if c.id in component.needs or c is component]
    words = {function.returns, *(p.type for p in function.parameters)}
    types = [t for c in known for t in c.types if any(t.name in w for w in words)]
    inputs: dict[str, Any] = {
        "Function": function.signature,
        "Purpose": function.purpose,
        "Requirements": [r.content for r in program.requirements if r.id in function.requirements],
    }
    if types:
        inputs["Data classes"] = [
            f"{t.name}({', '.join(f'{f.name}: {f.type}' for f in t.fields)})" for t in types
        ]
    helpers = [f.signature for f in component.functions if f.id != function.id]
    needed = [line for c in known if c is not component for line in shown(c) if line.startswith("def ")]
    if helpers or needed:
        inputs["Functions that it may call"] = [*helpers, *(line.removeprefix("def ") for line in needed)]
    return inputs


def _last_inputs(function: Function, last: Program) -> dict[str, Any] | None:
    return (
        inputs_of(function, last) if any(f.id == function.id for f in last.architecture.functions) else None
    )


def _asked(context: Context, function: Function, inputs: dict[str, Any]) -> Outcome[tuple[Step, ...] | None]:
    slot = Slot(
        step="steps",
        version=_VERSION,
        subject=function.id,
        prompt="steps",
        inputs=inputs,
        schema=SCHEMA,
        read=lambda data: _read(function, data),
        max_tokens=800,
    )
    return ask_slot(context.asker, slot)


def _read(function: Function, data: Any) -> tuple[Step, ...]:
    out: list[Step] = []
    for item in data["steps"]:
        text = " ".join(item["text"].split())
        if not text:
            continue
        depth = min(item["depth"], out[-1].depth + 1 if out else 0)
        own = tuple(r for r in dict.fromkeys(item["requirements"]) if r in function.requirements)
        out.append(Step(f"{function.id}.{len(out) + 1}", text, depth, own))
    if not out:
        raise ValueError("it has no steps")
    return tuple(out)


def _plain(function: Function, program: Program) -> tuple[Step, ...]:
    """A step for each requirement, where there is nothing better."""
    own = [r for r in program.requirements if r.id in function.requirements]
    return tuple(Step(f"{function.id}.{n}", r.text, 0, (r.id,)) for n, r in enumerate(own, 1))


def _own(function: Function, note: Note, item: PseudoFunction) -> Procedure:
    """The user's own pseudo-code, line by line."""
    steps = tuple(
        Step(f"{function.id}.{n}", line.text, line.depth, function.requirements)
        for n, line in enumerate(item.lines, 1)
    )
    span = Span(item.start, item.body_end)
    cite = Citation(note.path, note.doc.line(span.start), span.of(note.doc.text), span, "")
    return Procedure(function.id, steps, own=True, because=(cite,))
