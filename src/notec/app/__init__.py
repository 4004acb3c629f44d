"""The product as a library: `Workspace` and its verbs, and the only place where the parts are wired.

Must not know: how results are shown, or by which door a caller came.
"""

from notec.app.config import Config, load_config
from notec.app.links import NoteLinks
from notec.app.workspace import Workspace

__all__ = ["Config", "NoteLinks", "Workspace", "load_config"]
