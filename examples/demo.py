"""The main jobs on the example vault: index it, ask a question, write a brief, compile an idea.

    python examples/demo.py [HOME]

Runs the real command line; index and build go to HOME, by default `.demo/` beside the project. No model runs:
what one would say to the compilation was written by hand and recorded in `replies.jsonl`.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from notec import Workspace
from notec.models import Replay

HERE = Path(__file__).resolve().parent
VAULT = HERE / "vault"
HOME = HERE.parent / ".demo"
IDEA = "Ideas/Will it fit"
REPLIES = HERE / "replies.jsonl"
COMMANDS = (
    ("index",),
    ("ask", "does it make sense to run a very large model at home?"),
    ("brief", "Гигант дома"),
    ("compile", IDEA, "--out", ".demo/build", "--replay", "examples/replies.jsonl"),
)
TRACED = "free = "  # the line of the generated code whose chain is shown
CANNOT = 2  # exit code of a command that could not run


def main() -> int:
    home = Path(sys.argv[1]) if len(sys.argv) > 1 else HOME
    out = home / "build"
    shutil.rmtree(out, ignore_errors=True)
    for command in COMMANDS:
        if command[0] == "compile":
            print("No model runs here: its replies to the next command are recorded ones.\n")
        print(f"$ notec --vault examples/vault {shlex.join(command)}", flush=True)
        places = {".demo/build": str(out), "examples/replies.jsonl": str(REPLIES)}
        arguments = [
            "--vault",
            str(VAULT),
            "--home",
            str(home),
            *(places.get(part, part) for part in command),
        ]
        done = subprocess.run(
            [sys.executable, "-m", "notec.front.cli", *arguments],
            check=False,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        print(done.stdout.replace(str(out), ".demo/build"), flush=True)
        if done.returncode >= CANNOT:
            print("when a prompt has changed: python examples/record.py", file=sys.stderr)
            return done.returncode
    show_trace(home, out)
    return 0


def show_trace(home: Path, out: Path) -> None:
    """Why one line of the generated code is there. Compiled again: nothing is asked, all is remembered."""
    with Workspace.open(VAULT, home=home) as workspace:
        build = workspace.compile(IDEA, out, model=Replay(REPLIES))
    assert build.trace
    assert build.program
    path, number, line = next(
        (path, number, line.strip())
        for path in build.trace.lines
        if path.startswith("src/")
        for number, line in enumerate((out / path).read_text(encoding="utf-8").splitlines(), 1)
        if TRACED in line
    )
    chain = build.trace.chain(path, number)
    assert chain
    print(f"Why is this line there?  {path}:{number}  {line}")
    for procedure in build.program.procedures:
        for step in procedure.steps:
            if step.id in chain.steps:
                print(f"  pseudo-code  {step.id}  {step.text}")
    for component in build.program.architecture.components:
        for function in component.functions:
            if function.id in chain.functions:
                print(f"  module       {component.id}  {component.name}: {function.signature}")
    for requirement in build.requirements:
        if requirement.id in chain.requirements:
            print(f"  requirement  {requirement.id}  {requirement.text}")
    for citation in chain.because:
        print(f"  words        {citation.note}:{citation.line}  «{citation.quote}»")
    print("\nThe same for every line, both ways: .demo/build/TRACE.html")


if __name__ == "__main__":
    sys.exit(main())
