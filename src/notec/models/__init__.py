"""The only door to a model: messages, a schema and settings go in, a reply comes out.

A `Request` is a value with a digest; a `Reply` says its text and why it ended. `Model` is the narrow seam:
`HttpModel` speaks to any OpenAI-compatible server, `LlamaModel` runs a GGUF file in this process,
`Scripted` and `Replay` need no model, and `Logged` around any of them saves what comes and never pays
twice. Embedders turn texts into vectors through the same kind of door.

Must not know: notes, statements, claims, prompts, files of the vault, databases, or which model is
good for what.
"""

from notec.models.base import Cancel, Finish, Message, Model, Reply, Request, Role, Settings, Sink
from notec.models.scripted import Recorder, Replay, Scripted, record

__all__ = [
    "Cancel",
    "Finish",
    "Message",
    "Model",
    "Recorder",
    "Replay",
    "Reply",
    "Request",
    "Role",
    "Scripted",
    "Settings",
    "Sink",
    "record",
]
