"""The main job on the example vault: index it, ask a question, write the brief of a chat.

    python examples/demo.py [HOME]

Runs the real command line; the index goes to HOME, by default `.demo/` beside the project.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VAULT = HERE / "vault"
HOME = HERE.parent / ".demo"
COMMANDS = (
    ("index",),
    ("ask", "does it make sense to run a very large model at home?"),
    ("brief", "Гигант дома"),
)


def main() -> int:
    home = Path(sys.argv[1]) if len(sys.argv) > 1 else HOME
    for command in COMMANDS:
        print(f"$ notec --vault examples/vault {shlex.join(command)}", flush=True)
        arguments = ("--vault", str(VAULT), "--home", str(home), *command)
        done = subprocess.run((sys.executable, "-m", "notec.front.cli", *arguments), check=False)
        if done.returncode:
            return done.returncode
        print(flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
