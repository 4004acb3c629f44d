"""Requirements documents of real projects to requirements, architecture and a skeleton, by a scripted model.

    python bench/devbench.py PROJECTS.tar.gz|FOLDER

For each project with a requirements document (`PRD.md`): the passes up to the tests run with a model that
answers by plain rules. Counted: from how many of the sentences that oblige ("must", "should" ...) the trace
leads to lines of code, whether every generated line has a chain to words, whether every module imports, and
whether pytest collects the generated tests. Generated code is only run in the sandbox.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from notec import Workspace
from notec.app.compiling import Build, Wishes
from notec.models import Request, Scripted
from notec.passes.annotations import identifier
from notec.passes.sandbox import Limits, find_sandbox
from notec.vault.note import Note
from notec.vault.read import read

OBLIGES = re.compile(
    r"\b(must|shall|should|has to|have to|needs? to|(?:is|are) required|"
    r"должн\w+|обязан\w*|следует|необходимо|нельзя)\b",
    re.IGNORECASE,
)
AT_ONCE = 10  # requirements of a component
DOCUMENT = re.compile(r"^(?:.*/)?PRD\.md$", re.IGNORECASE)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("projects", type=Path)
    place: Path = parser.parse_args().projects
    with tempfile.TemporaryDirectory(prefix="notec-devbench-") as scratch:
        folder = place
        if place.is_file():
            folder = Path(scratch) / "projects"
            with tarfile.open(place) as packed:
                packed.extractall(folder, filter="data")
        documents = sorted(p for p in folder.rglob("*") if p.is_file() and DOCUMENT.match(p.as_posix()))
        if not documents:
            sys.exit(f"{place}: no PRD.md in it")
        rows = {}
        for document in documents:
            name = document.relative_to(folder).parts[0]
            rows[name] = project(document, Path(scratch) / f"of {name}")
            print(f"{name}: {json.dumps(rows[name])}", file=sys.stderr)
    figures: dict[str, Any] = {"projects": len(rows)}
    for key in ("obliging", "covered", "lines", "traced", "modules", "imported", "test_files", "collected"):
        figures[key] = sum(row[key] for row in rows.values())
    figures["by_project"] = rows
    print(json.dumps(figures))


def project(document: Path, scratch: Path) -> dict[str, Any]:
    vault = scratch / "vault"
    vault.mkdir(parents=True)
    (vault / "PRD.md").write_bytes(document.read_bytes())
    model = Scripted(answer)
    with Workspace.open(vault, home=scratch / "home") as workspace:
        build = workspace.compile(
            "PRD.md", scratch / "build", model=model, wishes=Wishes(force=True, stop_after="tests")
        )
    note = read(vault, "PRD.md").value
    assert note is not None
    return {
        "requirements": len(build.requirements),
        "components": len(build.program.architecture.components) if build.program else 0,
        "functions": len(build.program.architecture.functions) if build.program else 0,
        "stopped": build.stopped,
        **covered(note, build),
        **traced(build),
        **runs(Path(build.out)),
    }


def covered(note: Note, build: Build) -> dict[str, Any]:
    """The obliging sentences, and those from whose words the trace leads to a line of code."""
    assert build.trace is not None
    with_code = [
        r for r in build.requirements if any(path.startswith("src/") for path in build.trace.back(r.id))
    ]
    wanted = [s for s in note.statements if OBLIGES.search(note.plain(s))]
    missed = [
        s.line
        for s in wanted
        if not any(c.span.start < s.end and c.span.end > s.start for r in with_code for c in r.because)
    ]
    return {"obliging": len(wanted), "covered": len(wanted) - len(missed), "missed_lines": missed}


def traced(build: Build) -> dict[str, Any]:
    assert build.trace is not None
    lines = found = 0
    for path, origins in build.trace.lines.items():
        for number in range(1, len(origins) + 1):
            chain = build.trace.chain(path, number)
            lines += 1
            found += chain is not None and bool(chain.because)
    return {"lines": lines, "traced": found}


def runs(out: Path) -> dict[str, Any]:
    """What Python says to the modules, and pytest to the tests, both in the sandbox."""
    modules = [p.relative_to(out / "src").with_suffix("") for p in sorted((out / "src").rglob("*.py"))]
    names = [".".join(m.parts).removesuffix(".__init__") for m in modules]
    tests = sorted((out / "tests").glob("test_*.py")) if (out / "tests").is_dir() else []
    row = {"modules": len(names), "imported": 0, "test_files": len(tests), "collected": 0, "tests": 0}
    sandbox = find_sandbox().sandbox
    if sandbox is None:
        print("no sandbox here: nothing is imported", file=sys.stderr)
        return row
    script = (
        "import importlib, sys\nsys.path.insert(0, 'src')\n"
        f"for name in {names!r}:\n"
        "    try:\n        importlib.import_module(name)\n        print('imported', name)\n"
        "    except Exception as error:\n        print('failed', name, repr(error))\n"
    )
    ran = sandbox.run(script, out, limits=Limits(seconds=60))
    row["imported"] = ran.stdout.count("imported ")
    if tests:  # pytest itself, from where this interpreter has it
        paths = [p for p in sys.path if p.endswith("site-packages")]
        script = (
            f"import sys\nsys.path[:0] = ['src', *{paths!r}]\nimport pytest\n"
            "sys.exit(pytest.main(['--collect-only', '-q', '-p', 'no:cacheprovider', 'tests']))\n"
        )
        ran = sandbox.run(script, out, limits=Limits(seconds=60))
        row["tests"] = len(re.findall(r"^tests/.*::", ran.stdout, re.MULTILINE))
        row["collected"] = len(set(re.findall(r"^(tests/[^:]+)::", ran.stdout, re.MULTILINE)))
        if not ran.passed:
            print(f"pytest: {ran.killed} {ran.stdout[-500:]} {ran.stderr[-300:]}", file=sys.stderr)
    return row


def answer(request: Request) -> str:
    """The reply to one question, by rules."""
    step = request.purpose.split()[0]
    shown = sections(request.messages[-1].content)
    return json.dumps(globals()[f"say_{step}"](shown), ensure_ascii=False)


def sections(text: str) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for part in re.split(r"\n\n(?=[A-Za-z][A-Za-z' ]*:\n)", text):
        name, _, value = part.partition(":\n")
        try:
            out[name] = json.loads(value)
        except ValueError:
            out[name] = value
    return out


def named(text: str, taken: set[str]) -> str:
    """A name from the first words of a text."""
    words = re.findall(r"[^\W\d_]{3,}", text.partition(":")[0])[:3] or ["item"]
    name = base = identifier("_".join(words)) or "item"
    number = 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    taken.add(name)
    return name


def say_requirement(shown: dict[str, Any]) -> Any:
    statement = str(shown["Statement"])
    if not OBLIGES.search(statement):
        return {"requirements": []}
    text = " ".join(re.sub(r"[*`]", "", statement).lstrip("-+ ").split())
    one = {"quote": statement, "text": text, "kind": "function", "priority": "must"}
    return {"requirements": [one]}


def say_components(shown: dict[str, Any]) -> Any:
    wanted, taken, out = shown["Requirements"], set[str](), []
    for start in range(0, len(wanted), AT_ONCE):
        group = wanted[start : start + AT_ONCE]
        name = named(f"part {group[0]['text']}", taken)
        out.append({"name": name, "purpose": "", "requirements": [r["id"] for r in group], "needs": []})
    return {"components": out}


def say_owners(shown: dict[str, Any]) -> Any:
    last = shown["Components"][-1]["name"]
    return {"owners": [{"requirement": r["id"], "component": last} for r in shown["New requirements"]]}


def say_interface(shown: dict[str, Any]) -> Any:
    taken: set[str] = set()
    functions = [
        {
            "name": named(r["text"], taken),
            "parameters": [{"name": "text", "type": "str"}],
            "returns": "str",
            "purpose": r["text"],
            "requirements": [r["id"]],
        }
        for r in shown["Requirements"]
    ]
    return {"types": [], "functions": functions}


def say_steps(shown: dict[str, Any]) -> Any:
    return {
        "steps": [{"text": r["text"], "depth": 0, "requirements": [r["id"]]} for r in shown["Requirements"]]
    }


def say_example(shown: dict[str, Any]) -> Any:
    """An example in words: the function is given its words, and gives its last quoted or coded value."""
    name = shown["functions"][0].split("(")[0]
    said = str(shown["example"])
    values = re.findall(r"[`\"'«]([^`\"'»]+)[`\"'»]", said) or said.split()[-1:]
    return {
        "function": name,
        "before": [],
        "call": f"{name}({said!r})",
        "expected": repr(values[-1]),
        "raises": False,
    }


if __name__ == "__main__":
    main()
