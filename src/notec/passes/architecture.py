"""The second pass: requirements -> components with typed interfaces.

A model divides the requirements once; from then on a requirement keeps its component, and only new ones are
placed. Each component's interface is a question of its own. Plain code mends what is wrong and gives the ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from notec.core import Diagnostic, Outcome, Severity
from notec.passes.annotations import identifier, latin
from notec.passes.context import Context
from notec.passes.interface import ask_interface, inputs_of, plain_interface, suffices
from notec.passes.ir import Architecture, Component, DataType, Function, Program, Requirement
from notec.passes.mend import mended, ordered
from notec.passes.slot import Slot, ask_slot
from notec.spec.pseudo import PseudoFunction, functions

NAME = "architecture"
CORE = "core"
_VERSION = 1
_AT_ONCE = 60  # requirements that a model divides at once; those beyond are placed one batch after the other
_BATCH = 20
_STRINGS: dict[str, Any] = {"type": "array", "items": {"type": "string"}, "default": []}
COMPONENTS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "components": {
            "type": "array",
            "maxItems": 12,
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "purpose": {"type": "string", "default": ""},
                    "requirements": _STRINGS,
                    "needs": _STRINGS,
                },
                "required": ["name", "purpose", "requirements", "needs"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["components"],
    "additionalProperties": False,
}
_OWNERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "owners": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"requirement": {"type": "string"}, "component": {"type": "string"}},
                "required": ["requirement", "component"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["owners"],
    "additionalProperties": False,
}


def run(context: Context, program: Program) -> Outcome[Program]:
    """The program with its architecture."""
    own = [f for note in context.notes if note.path.lower().endswith(".pseudo") for f in functions(note.doc)]
    if context.asker.model is None and not context.asker.dry and suffices(program.requirements, own):
        divided = [Component("", CORE, "", tuple(r.id for r in program.requirements))]
        said: tuple[Diagnostic, ...] = ()
    else:
        outcome = _divided(context, program.requirements)
        divided, said = outcome.value, outcome.diagnostics
    divided = ordered(_identified(divided, context.last.architecture))
    done: list[Component] = []
    for component in divided:
        context.progress(f"architecture: {component.name}")
        filled = _filled(context, program, component, Architecture(tuple(done)), own)
        said += filled.diagnostics
        done = [*mended(Architecture((*done, filled.value)), program.requirements).components]
    architecture = _numbered(Architecture(tuple(done)), context.last.architecture)
    return Outcome(replace(program, architecture=architecture), said)


def _divided(context: Context, requirements: Sequence[Requirement]) -> Outcome[list[Component]]:
    """Components and the requirements that they own; every requirement has one."""
    known = {r.id for r in requirements}
    said: list[Diagnostic] = []
    components = [
        replace(c, requirements=tuple(r for r in c.requirements if r in known), functions=(), types=())
        for c in context.last.architecture.components
    ]
    components = [c for c in components if c.requirements]
    names = {c.id: c.name for c in components}
    components = [replace(c, needs=tuple(names[n] for n in c.needs if n in names)) for c in components]
    if not components and requirements:
        outcome = ask_slot(
            context.asker,
            Slot(
                step="components",
                version=_VERSION,
                subject="architecture",
                prompt="components",
                inputs={"Requirements": [_short(r) for r in requirements[:_AT_ONCE]]},
                schema=COMPONENTS,
                read=_read_components,
                max_tokens=800,
            ),
        )
        said += outcome.diagnostics
        components = _once(outcome.value or [], known)
    unowned = [r for r in requirements if not any(r.id in c.requirements for c in components)]
    for start in range(0, len(unowned), _BATCH) if components else ():
        placed = _placed(context, components, unowned[start : start + _BATCH])
        components = placed.value
        said += placed.diagnostics
    left = tuple(r.id for r in requirements if not any(r.id in c.requirements for c in components))
    if left:
        if components:
            message = f"the model gave no component to {', '.join(left)}; they are in {CORE!r}"
            said.append(Diagnostic("unowned-requirement", Severity.INFO, message, ""))
        core = next((c for c in components if c.name == CORE), None)
        if core is None:
            components.append(Component("", CORE, "", left))
        else:
            at = components.index(core)
            components[at] = replace(core, requirements=(*core.requirements, *left))
    return Outcome(components, tuple(said))


def _short(requirement: Requirement) -> dict[str, str]:
    return {"id": requirement.id, "text": requirement.text, "kind": requirement.kind}


def _read_components(data: Any) -> list[Component]:
    """Components with the names of those that they need in `needs`."""
    out: dict[str, Component] = {}
    for item in data["components"]:
        name = identifier(latin(item["name"]))
        if name and name not in out:
            needs = tuple(identifier(latin(n)) for n in item["needs"])
            purpose = " ".join(item["purpose"].split())
            out[name] = Component(
                "", name, purpose, tuple(r.strip() for r in item["requirements"]), needs=needs
            )
    if not out:
        raise ValueError("it names no component")
    return list(out.values())


def _once(components: list[Component], known: set[str]) -> list[Component]:
    """Each known requirement in the first component that names it; components without one are dropped."""
    left = set(known)
    out = []
    for component in components:
        own = tuple(r for r in dict.fromkeys(component.requirements) if r in left)
        left -= set(own)
        if own:
            out.append(replace(component, requirements=own))
    return out


def _placed(
    context: Context, components: list[Component], batch: Sequence[Requirement]
) -> Outcome[list[Component]]:
    """Components with new requirements placed by the model; those that it forgets are placed nowhere."""
    outcome = ask_slot(
        context.asker,
        Slot(
            step="owners",
            version=_VERSION,
            subject=" ".join(r.id for r in batch),
            prompt="owners",
            inputs={
                "Components": [{"name": c.name, "purpose": c.purpose} for c in components],
                "New requirements": [_short(r) for r in batch],
            },
            schema=_OWNERS,
            read=lambda data: {o["requirement"]: identifier(latin(o["component"])) for o in data["owners"]},
            max_tokens=40 * len(batch) + 100,
        ),
    )
    owners = outcome.value or {}
    out = list(components)
    for requirement in batch:
        name = owners.get(requirement.id)
        if not name:
            continue
        at = next((i for i, c in enumerate(out) if c.name == name), None)
        if at is None:
            out.append(Component("", name, "", (requirement.id,)))
        else:
            out[at] = replace(out[at], requirements=(*out[at].requirements, requirement.id))
    return Outcome(out, outcome.diagnostics)


def _identified(components: Sequence[Component], last: Architecture) -> list[Component]:
    """Components with their ids, that of the last build for the same name, and ids in `needs`."""
    known = {c.name: c.id for c in last.components}
    number = max((int(c.id[1:]) for c in last.components if c.id[1:].isdigit()), default=0)
    ids: dict[str, str] = {}
    for component in components:
        if component.name in known:
            ids[component.name] = known[component.name]
        else:
            number += 1
            ids[component.name] = f"C{number}"
    return [
        replace(
            c, id=ids[c.name], needs=tuple(ids[n] for n in dict.fromkeys(c.needs) if n in ids and n != c.name)
        )
        for c in components
    ]


def _filled(
    context: Context,
    program: Program,
    component: Component,
    done: Architecture,
    own: Sequence[PseudoFunction],
) -> Outcome[Component]:
    """A component with its interface: that of the last build where nothing that it rests on changed."""
    inputs = inputs_of(component, program, done)
    before, made = (_component(p, component.id) for p in (context.last, context.made))
    earlier = context.ran.get(NAME, Program())
    ran = _component(earlier, component.id)
    if made and ran and inputs == inputs_of(ran, earlier, earlier.architecture):
        return Outcome(replace(component, functions=made.functions, types=made.types))
    requirements = [r for r in program.requirements if r.id in component.requirements]
    mine = [f for f in own if _touches(f, requirements)]
    plain, _ = plain_interface(requirements, mine)
    said: tuple[Diagnostic, ...] = ()
    proposed: tuple[tuple[Function, ...], tuple[DataType, ...]] | None = None
    if context.asker.model is not None or context.asker.dry:
        outcome = ask_interface(context, component, inputs, before, mine)
        proposed, said = outcome.value, outcome.diagnostics
    functions_, types = proposed or ((), ())
    names = {f.name for f in functions_} | {t.name for t in types}
    extra = tuple(f for f in plain if f.name not in names)
    if not functions_ and context.asker.dry:  # about what a model would give, for the forecast
        doing = [r for r in requirements if r.kind == "function"]
        extra += tuple(
            Function("", f"step_{n}", (), "None", r.text, (r.id,))
            for n, r in enumerate(doing[len(extra) :], 1)
        )
    if not functions_ and not extra:
        ids = tuple(r.id for r in requirements)
        extra = (Function("", component.name if component.name != CORE else "run", (), "None", "", ids),)
    return Outcome(replace(component, functions=(*functions_, *extra), types=types), said)


def _component(program: Program, name: str) -> Component | None:
    return next((c for c in program.architecture.components if c.id == name), None)


def _touches(item: PseudoFunction, requirements: Sequence[Requirement]) -> bool:
    from notec.passes.interface import belongs

    return any(belongs(r, item) for r in requirements)


def _numbered(architecture: Architecture, last: Architecture) -> Architecture:
    """Functions and types with their ids: those of the last build for the same component and name."""
    ids: dict[tuple[str, str], str] = {}
    for component in last.components:
        ids.update(((component.id, f.name), f.id) for f in component.functions)
        ids.update(((component.id, t.name), t.id) for t in component.types)
    counts = {
        letter: max((int(i[1:]) for i in ids.values() if i[:1] == letter and i[1:].isdigit()), default=0)
        for letter in "FT"
    }

    def id_of(component: Component, letter: str, name: str) -> str:
        kept = ids.get((component.id, name), "")
        if kept[:1] == letter:
            return kept
        counts[letter] += 1
        return f"{letter}{counts[letter]}"

    return Architecture(
        tuple(
            replace(
                c,
                functions=tuple(replace(f, id=id_of(c, "F", f.name)) for f in c.functions),
                types=tuple(replace(t, id=id_of(c, "T", t.name)) for t in c.types),
            )
            for c in architecture.components
        )
    )
