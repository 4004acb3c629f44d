"""What notec itself says in an answer, in the language of the question."""

from __future__ import annotations

from typing import Literal

Key = Literal[
    "not-said",
    "missing-terms",
    "empty-vault",
    "nothing-within",
    "no-question",
    "unknown-id",
    "model-refused",
    "nothing-stood",
    "other-language",
    "over-limit",
]

_TEXTS: dict[Key, tuple[str, str]] = {
    "not-said": (
        "the vault does not say; nearest statements are shown",
        "в хранилище этого нет; показаны ближайшие утверждения",
    ),
    "missing-terms": (
        "the vault does not say: nothing that fits speaks of {terms}",
        "в хранилище этого нет: среди подходящего ничто не говорит о: {terms}",
    ),
    "empty-vault": (
        "the vault has nothing that shares a word with the question",
        "в хранилище нет ни слова из вопроса",
    ),
    "nothing-within": (
        "nothing within these filters shares a word with the question",
        "среди отобранного фильтрами нет ни слова из вопроса",
    ),
    "no-question": (
        "there is no word in the question to look for",
        "в вопросе нет слов, по которым можно искать",
    ),
    "unknown-id": (
        "the model named a statement that was not offered",
        "модель назвала утверждение, которого ей не давали",
    ),
    "model-refused": (
        "the model found no statement that answers the question",
        "модель не нашла утверждения, отвечающего на вопрос",
    ),
    "nothing-stood": (
        "nothing that the model wrote is supported by the notes",
        "ничто из написанного моделью не подтверждается заметками",
    ),
    "other-language": (
        "it is not in the language of the question",
        "это не на языке вопроса",
    ),
    "over-limit": (
        "it stands, but more claims were written than asked for",
        "это верно, но утверждений больше, чем просили",
    ),
}


def say(key: Key, language: str, **values: str) -> str:
    """A message; Russian for `ru`, English for every other language."""
    english, russian = _TEXTS[key]
    return (russian if language == "ru" else english).format(**values)
