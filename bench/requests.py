"""What an edit costs: requests to the model after nothing, a rewording, and one changed requirement.

    python bench/requests.py [FOLDER] [--requirements N]

Compiles an idea of N requirements with a scripted model into FOLDER (a temporary one by default), four times.
Keys: `first` (requests), `again`, `identical` (every file bit for bit), `reworded` (statements),
`reworded_requests`, `reworded_downstream`, `changed_requests` (by step), `outside_cone` (requests about what
that the changed requirement has no part in).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import notec
from notec.app.compiling import Build, Wishes
from notec.core import digest
from notec.models import Request, Scripted

OF_ONE = 5  # requirements of a component
REWORDED = 3


def answer(request: Request) -> str:
    """A model that does what is asked, the same for the same question."""
    step = request.purpose.split()[0]
    shown = request.messages[-1].content
    return json.dumps(ANSWERS[step](shown))


def ids_of(shown: str) -> list[str]:
    return re.findall(r'"id": "(\w+)"', shown)


def requirement(shown: str) -> Any:
    said = re.search(r"Said before:\n(.+)", shown)
    statement = shown.rsplit("Statement:\n", 1)[1]
    demand = statement.split(" Example:")[0]
    text = said[1] if said and numbers(said[1]) == numbers(demand) else demand
    return {"requirements": [{"quote": statement, "text": text, "kind": "function", "priority": "must"}]}


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def components(shown: str) -> Any:
    ids = ids_of(shown)
    parts = [ids[i : i + OF_ONE] for i in range(0, len(ids), OF_ONE)]
    return {
        "components": [
            {"name": f"part_{n}", "purpose": "one part", "requirements": own, "needs": []}
            for n, own in enumerate(parts, 1)
        ]
    }


def interface(shown: str) -> Any:
    functions = []
    for block in re.findall(r"\{.*?\n \}", shown, re.DOTALL):
        own = ids_of(block)
        name = re.search(r'"call": "(\w+)', block)
        if own and name:
            parameters = [{"name": "word", "type": "str"}]
            functions.append(
                {
                    "name": name[1],
                    "parameters": parameters,
                    "returns": "int",
                    "purpose": "",
                    "requirements": own,
                }
            )
    return {"types": [], "functions": functions}


def steps(shown: str) -> Any:
    return {"steps": [{"text": "return the number", "depth": 0, "requirements": ids_of(shown)[:1]}]}


def body(shown: str) -> Any:
    wanted = re.search(r'"expected": "(-?\d+)"', shown) or re.search(r"(?:->|==) (-?\d+)", shown)
    return {"code": f"return {wanted[1] if wanted else 0} if word == 'x' else -1"}


def test(shown: str) -> Any:
    name = re.search(r"(\w+)\(word", shown)
    return {"function": name[1] if name else "", "call": "", "expected": "", "raises": False, "before": []}


ANSWERS = {
    "requirement": requirement,
    "components": components,
    "owners": lambda shown: {"owners": []},
    "interface": interface,
    "steps": steps,
    "body": body,
    "repair": body,
    "test": test,
}


def idea(count: int) -> list[str]:
    return [
        f"- The program must give the number {n} for the word number {n}. Example: `give_{n}('x') -> {n}`"
        for n in range(1, count + 1)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=None)
    parser.add_argument("--requirements", type=int, default=50)
    parser.add_argument("--stop-after", default="", help="name of the last pass")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="notec-requests-") as scratch:
        print(json.dumps(measure(options.folder or Path(scratch), options.requirements, options.stop_after)))


def measure(folder: Path, count: int, stop_after: str) -> dict[str, Any]:
    vault = folder / "vault"
    vault.mkdir(parents=True)
    note, out = vault / "Numbers.idea", folder / "build"
    lines = idea(count)
    model = Scripted(answer)

    def compiled() -> tuple[Build, list[str]]:
        note.write_text("# Numbers\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
        before, start = len(model.requests), time.monotonic()
        build = workspace.compile(note, out, model=model, wishes=Wishes(stop_after=stop_after))
        asked = [request.purpose for request in model.requests[before:]]
        done = f"{len(asked)} requests in {time.monotonic() - start:.0f} s, {len(build.done)} done"
        print(done, Counter(a.split()[0] for a in asked), file=sys.stderr)
        return build, asked

    with notec.Workspace.open(vault, home=folder / "home") as workspace:
        _, first = compiled()
        files = contents(out)
        _, again = compiled()
        identical = contents(out) == files
        for number in range(REWORDED):
            lines[number] = lines[number].replace(
                "must give the number", "has to return, each time, the number"
            )
        _, reworded = compiled()
        changed = count // 2
        lines[changed - 1] = lines[changed - 1].replace(
            "for the word number", "for the 7 words of the number"
        )
        build, asked = compiled()
    return {
        "requirements": count,
        "first": len(first),
        "again": len(again),
        "identical": identical,
        "reworded": REWORDED,
        "reworded_requests": sum(a.startswith("requirement ") for a in reworded),
        "reworded_downstream": sum(not a.startswith("requirement ") for a in reworded),
        "changed_requests": dict(Counter(a.split()[0] for a in asked)),
        "outside_cone": sum(not set(a.split()[1:]) <= cone(build, f"R{changed}") for a in asked),
    }


def cone(build: Build, name: str) -> set[str]:
    """The ids and places of everything that rests on a requirement."""
    assert build.program is not None
    program = build.program
    requirement_ = program.requirement(name)
    out = {name, *(f"{c.note}:{c.line}" for c in requirement_.because)}
    for component in program.architecture.components:
        if name in component.requirements:
            out.add(component.id)
            out |= {f.id for f in component.functions if name in f.requirements}
    return out


def contents(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): digest(p.read_bytes()) for p in sorted(folder.rglob("*")) if p.is_file()
    }


if __name__ == "__main__":
    main()
