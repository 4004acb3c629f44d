"""Writes `replies.jsonl`: what the demo's model answers, through the real compilation of the idea.

    python examples/record.py

To be run again when a prompt, the idea or `written.py` changed.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from written import answer

from notec import Workspace
from notec.models import Scripted
from notec.models.scripted import Recorder

HERE = Path(__file__).resolve().parent
IDEA = "Ideas/Will it fit"
REPLIES = HERE / "replies.jsonl"


def main() -> int:
    lines = io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with Workspace.open(HERE / "vault", home=place / "home") as workspace:
            workspace.index()
            model = Recorder(Scripted(answer), lines)
            build = workspace.compile(IDEA, place / "build", model=model)
    for found in build.diagnostics:
        print(f"{found.severity} {found.code}: {found.message}", file=sys.stderr)
    REPLIES.write_text(lines.getvalue(), encoding="utf-8")
    print(f"{REPLIES.name}: {lines.getvalue().count(chr(10))} replies; {len(build.done)} requirements done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
