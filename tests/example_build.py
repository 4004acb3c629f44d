"""The example idea, compiled by the hand-written replies of the demo."""

from __future__ import annotations

import sys
from pathlib import Path

from notec import Workspace
from notec.app.compiling import Build, Wishes
from notec.models import Scripted

EXAMPLES = Path(__file__).parent.parent / "examples"
IDEA = "Ideas/Will it fit"
sys.path.insert(0, str(EXAMPLES))


def compiled(folder: Path, vault: Path = EXAMPLES / "vault", *, wishes: Wishes | None = None) -> Build:
    """A build in `folder/build`, with its home in `folder/home`."""
    from written import answer

    with Workspace.open(vault, home=folder / "home") as workspace:
        return workspace.compile(IDEA, folder / "build", model=Scripted(answer), wishes=wishes)
