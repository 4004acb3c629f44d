"""Why a claim was rejected, in one line of the reader's language."""

from __future__ import annotations

from typing import Literal

from notec.facts import Disagreement, Kind

Key = Literal["no-source", "unknown-source", "no-quote", "unsupported", "weak", "language", "judge"]

_TEXTS: dict[Key, tuple[str, str]] = {
    "no-source": ("it names no source", "не назван ни один источник"),
    "unknown-source": (
        "it names only sources that were not given",
        "названы только источники, которых не было",
    ),
    "no-quote": ('the quoted words do not stand in the source: "{what}"', "в источнике нет слов «{what}»"),
    "unsupported": ("its sources do not say this: {what}", "источники этого не говорят: {what}"),
    "weak": ("its sources hardly say this", "источники этого почти не говорят"),
    "language": (
        "it is in another language than its source, and no model has confirmed it",
        "язык не тот, что у источника, и модель этого не подтвердила",
    ),
    "judge": ("the second judge: {what}", "второй судья: {what}"),
}
_KINDS: dict[Kind, tuple[str, str]] = {
    Kind.NUMBER: ("number", "число"),
    Kind.UNIT: ("unit", "единица"),
    Kind.DATE: ("date", "дата"),
    Kind.NAME: ("name", "имя"),
    Kind.NEGATION: ("negation", "отрицание"),
    Kind.MODALITY: ("must or may", "долг или право"),
    Kind.VERSION: ("version", "версия"),
    Kind.OPPOSITE: ("opposite", "противоположное"),
}


def reason(key: Key, language: str, what: str = "") -> str:
    """A reason; Russian for `ru`, English for every other language."""
    english, russian = _TEXTS[key]
    return (russian if language == "ru" else english).format(what=what)


def differs(found: Disagreement, language: str) -> str:
    """A reason from what a claim and its sources disagree on."""
    english, russian = _KINDS[found.kind]
    mine, theirs = found.claim_value, found.source_value
    if found.kind is Kind.NEGATION and theirs:
        if language == "ru":
            return f"«{mine}»: одно утверждается, другое отрицается"
        return f'"{mine}": one side affirms it, the other denies it'
    if language == "ru":
        against = f"в источнике «{theirs}»" if theirs else "в источнике этого нет"
        return f"{russian} «{mine}»: {against}"
    against = f'the source says "{theirs}"' if theirs else "the source does not say it"
    return f'{english} "{mine}": {against}'


_VERDICTS = {
    "contradicted": ("the sources say otherwise", "источники говорят иное"),
    "unclear": ("the sources do not say all of it", "источники говорят не всё это"),
}


def word(verdict: str | None, language: str) -> str:
    """A verdict of the second judge in words."""
    english, russian = _VERDICTS[verdict or "unclear"]
    return russian if language == "ru" else english
