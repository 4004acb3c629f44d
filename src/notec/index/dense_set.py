"""A set of vectors: what is known of it, and where it lies."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from notec.index.dense_gate import Verdict
from notec.index.dense_table import Vectors
from notec.vault.write import write_atomically


@dataclass(frozen=True)
class SetInfo:
    """What stands beside the vectors of a model. `place` is empty for the home folder, or a server's URL."""

    spec: str
    model: str
    fingerprint: str
    dimension: int
    place: str = ""
    whole: bool = False  # it was brought up to date once, and serves
    clean: bool = False  # no update of it was broken off since
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> SetInfo | None:
        try:
            said = json.loads((folder / "set.json").read_bytes())
            verdicts = {name: Verdict(**v) for name, v in said.pop("verdicts").items()}
            return cls(**said, verdicts=verdicts)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def write(self, folder: Path) -> None:
        write_atomically(folder / "set.json", json.dumps(asdict(self), ensure_ascii=False, indent=1).encode())


Place = Callable[[Path, SetInfo, bool], Vectors]
"""Opens the vectors of the set in a folder, where that set says they are; the last says whether to write."""


def open_place(
    folder: Path,
    info: SetInfo,
    write: bool,
    *,
    client: Callable[[str], Any],
) -> Vectors:
    """Opens a set in the home folder, or on the server at `info.place` through `client`."""
    if info.place:
        from notec.index.qdrant import QdrantVectors

        return QdrantVectors(client(info.place), f"notec-{folder.name}", info.dimension, write=write)
    from notec.index.dense_local import LocalVectors

    return LocalVectors(folder / "rows", info.fingerprint, info.dimension, write=write)
