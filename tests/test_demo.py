"""The README's first screen is what `make demo` prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SECONDS = re.compile(r" in \d+\.\d s")


def test_the_readme_shows_what_the_demo_prints(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "demo.py"), str(tmp_path / "home")],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stderr == ""
    shown = re.search(r"```console\n(.*?)\n```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    assert shown
    assert SECONDS.sub("", shown[1]) == SECONDS.sub("", done.stdout.rstrip())
