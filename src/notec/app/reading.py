"""Notes and attachments for a reader: only what the index lists, and only inside the vault."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from notec.core import NotecError, whole

if TYPE_CHECKING:
    from notec.app.workspace import Workspace

# Pictures that cannot run anything; an SVG can.
PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
_LARGEST = 32 << 20  # bytes of a picture


class Page(NamedTuple):
    """A note as it was indexed.

    Args:
        links: for the target of each link, as it stands in the text, the path that it means.
    """

    path: str
    text: str
    links: dict[str, str]


def page(workspace: Workspace, path: str) -> Page:
    """A note by its exact path: names are looked up in a list, and never joined to a folder.

    Raises:
        NotecError: the index has no such note.
    """
    index = workspace._ready()
    path = whole(path)
    if index.note(path) is None:
        raise NotecError(f"no note {path!r} in the index", "its exact path inside the vault is wanted")
    links = {link.target: link.resolved for link in index.links(path) if link.resolved}
    return Page(path, index.text(path), links)


def picture(workspace: Workspace, path: str) -> tuple[bytes, str]:
    """Bytes and media type of a picture of the vault.

    Raises:
        NotecError: the vault lists no such picture, or it leads out of the vault by now.
    """
    kind = PICTURES.get(os.path.splitext(path)[1].lower())
    if kind is None or path not in set(workspace._ready().attachments()):
        raise NotecError(f"no picture {path!r} in the vault", "its exact path inside the vault is wanted")
    base = os.path.realpath(workspace.vault)
    real = os.path.realpath(os.path.join(base, path))
    if os.path.commonpath([base, real]) != base or not os.path.isfile(real):
        raise NotecError(f"{path!r} leads out of the vault", "links that lead out are not followed")
    if os.path.getsize(real) > _LARGEST:
        raise NotecError(f"{path!r} is larger than {_LARGEST >> 20} MB", "open it with another program")
    return Path(real).read_bytes(), kind


def paths(workspace: Workspace) -> list[str]:
    """The paths of all notes in the index, in order."""
    return workspace._ready().notes()
