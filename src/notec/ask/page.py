"""A page that notec writes for Obsidian: properties, a title, paragraphs, footnotes at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from notec.ask.escape import escape, marked, yaml_text
from notec.ask.sources import Footnotes
from notec.ask.types import Answer

_TEXTS = {
    "nearest": {
        "en": "Nearest in words, but no answer:",
        "ru": "Ближе всего по словам, но это не ответ:",
    },
}


def page(properties: Mapping[str, str], body: Iterable[str]) -> str:
    """A whole note: properties, then paragraphs, which are divided by empty lines."""
    head = "".join(f"{key}: {value}\n" for key, value in properties.items())
    return f"---\n{head}---\n" + "\n\n".join(body) + "\n"


def stamps(kind: str, now: datetime, **more: str) -> dict[str, str]:
    """Properties of a saved page; further values are texts and are quoted."""
    quoted = {key: yaml_text(value) for key, value in more.items()}
    return {"created": now.strftime("%Y-%m-%dT%H:%M:%S"), "notec": kind, **quoted}


def answer_body(answer: Answer, footnotes: Footnotes) -> list[str]:
    """The paragraphs of an answer, a claim each; of a refusal, the reason and what came nearest."""
    body = [_cited(claim.text, footnotes.marks(claim.because)) for claim in answer.claims]
    if not answer.refused:
        return body
    body.append(escape(answer.reason))
    if answer.nearest:
        language = "ru" if answer.language == "ru" else "en"
        items = [_cited(claim.text, footnotes.marks(claim.because)) for claim in answer.nearest]
        body.append(_TEXTS["nearest"][language])
        body.append("\n".join(f"- {item}" for item in items))
    return body


def answer_page(answer: Answer, footnotes: Footnotes, now: datetime) -> str:
    """An answer as a note."""
    body = [f"# {escape(answer.question)}", *answer_body(answer, footnotes)]
    if definitions := footnotes.definitions():
        body.append("\n".join(definitions))
    return page(stamps("answer", now, question=answer.question), body)


def _cited(text: str, marks: str) -> str:
    return marked(escape(text), marks)
