"""What notec itself says in a brief, in the language of the note."""

from __future__ import annotations

from typing import Literal

Key = Literal[
    "problem", "consequences", "solution", "no-problem", "no-consequences", "no-solution",
    "relevant", "links-to", "linked-from", "above", "common", "like", "long", "unknown-id",
]  # fmt: skip

_TEXTS: dict[str, tuple[str, str]] = {
    "problem": ("What the problem is", "В чём проблема"),
    "consequences": ("What follows if it stays unsolved", "Что будет, если её не решить"),
    "solution": ("How to solve it", "Как её решить"),
    "no-problem": (
        "The vault does not say: neither this note nor the notes around it name a problem.",
        "Хранилище этого не говорит: ни эта заметка, ни соседние не называют проблемы.",
    ),
    "no-consequences": (
        "The vault does not say what follows if nothing is done.",
        "Хранилище не говорит, что будет, если ничего не делать.",
    ),
    "no-solution": (
        "The vault does not say how to solve it.",
        "Хранилище не говорит, как это решить.",
    ),
    "relevant": ("Relevant notes:", "Связанные заметки:"),
    "links-to": ("this note links to it", "заметка на неё ссылается"),
    "linked-from": ("it links to this note", "ссылается на эту заметку"),
    "above": ("the words above link to it", "на неё ссылается сказанное выше"),
    "common": ("in common: {words}", "общее: {words}"),
    "like": ("it says something close", "говорит о близком"),
    "long": (
        "the note is long: its first {count} statements were weighed",
        "заметка длинная: взвешены её первые {count} утверждений",
    ),
    "unknown-id": (
        "the model named a statement that was not offered",
        "модель назвала утверждение, которого ей не давали",
    ),
}


def say(key: Key, language: str, **values: object) -> str:
    """A text; Russian for `ru`, English for every other language."""
    english, russian = _TEXTS[key]
    return (russian if language == "ru" else english).format(**values)
