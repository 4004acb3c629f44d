"""The only door to a model: messages, a schema and settings go in, a reply comes out.

A `Request` is a value with a digest; a `Reply` says its text and why it ended. `Model` is the narrow seam:
`HttpModel` speaks to any OpenAI-compatible server, `LlamaModel` runs a GGUF file in this process,
`Scripted` and `Replay` need no model, and `Logged` around any of them saves what comes and never pays
twice. Embedders turn texts into vectors through the same kind of door.

Must not know: notes, statements, claims, prompts, files of the vault, databases, or which model is
good for what.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from notec.models.base import Cancel, Finish, Message, Model, Reply, Request, Role, Settings, Sink
from notec.models.logged import Logged, ReplyLog
from notec.models.scripted import Recorder, Replay, Scripted, record

if TYPE_CHECKING:
    from notec.models.embed import Embedder, open_embedder
    from notec.models.endpoint import Patience
    from notec.models.http import HttpModel
    from notec.models.llama import LlamaModel

# These bring an HTTP client, numpy or an engine along: nobody who asks no model should wait for them.
_LATER = {
    "Embedder": "notec.models.embed",
    "HttpModel": "notec.models.http",
    "LlamaModel": "notec.models.llama",
    "Patience": "notec.models.endpoint",
    "open_embedder": "notec.models.embed",
}

__all__ = [
    "Cancel",
    "Embedder",
    "Finish",
    "HttpModel",
    "LlamaModel",
    "Logged",
    "Message",
    "Model",
    "Patience",
    "Recorder",
    "Replay",
    "Reply",
    "ReplyLog",
    "Request",
    "Role",
    "Scripted",
    "Settings",
    "Sink",
    "open_embedder",
    "record",
]


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
