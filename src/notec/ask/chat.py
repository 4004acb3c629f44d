"""A conversation with the vault, kept in the callout form of chat exports.

Each turn of the user is a question; a follow-up ("and what does it cost?") is asked together with the
nouns of the questions before it. The conversation can be written as a note and taken up again: what
stands in the note stays as it is, new turns are added behind it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from notec.ask.escape import escape
from notec.ask.page import answer_body, page, stamps
from notec.ask.plain import plain
from notec.ask.sources import DEFINITION, Footnotes, LinkOf
from notec.ask.types import Answer
from notec.facts.words import STOPWORDS, language, tokens
from notec.vault import Note
from notec.vault.note import Turn

USER, AGENT = "User", "notec"
_CONTEXT_WORDS = 6
_OPENERS = re.compile(r"^\W*(?:а|и|но|тогда|and|but|then|so|what\s+about|how\s+about)\b", re.IGNORECASE)
_POINTERS_WORDS = """
он она оно они его её ее ему ей им их них нём нем ней ним ними это этот эта эти этого этой этому этим
этих тот та те того той тому тем тех там туда такой такая такое такие столько it its they them their this
that these those there he she him her one ones
"""
_POINTERS = frozenset(_POINTERS_WORDS.split())
_MARK = re.compile(r"\[\^(\d{1,9})\]")
_UID = re.compile(r"\s*<!--\s*UID:.*?-->\s*$")

Ask = Callable[[str], Answer]


@dataclass(frozen=True)
class Message:
    """One turn.

    Args:
        words: what the user wrote, or the readable words of an answer.
        answer: of a turn of notec in this run; None where it was read from a note.
    """

    role: Literal["user", "assistant"]
    words: str
    time: str
    id: str
    answer: Answer | None = None


class Chat:
    """A conversation; not for threads.

    Args:
        ask: answers one question, whatever the mode.
        now: the time, local.
        new_id: a new message's id; random by default, so that two notes never share one.
    """

    def __init__(
        self,
        ask: Ask,
        *,
        now: Callable[[], datetime] = datetime.now,
        new_id: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        self._ask = ask
        self._now = now
        self._new_id = new_id
        self._before = ""  # the note that is continued, as it stands
        self._turns_before = 0
        self.origin = ""  # its path inside the vault
        self.messages: list[Message] = []

    @classmethod
    def resume(
        cls,
        note: Note,
        ask: Ask,
        *,
        now: Callable[[], datetime] = datetime.now,
        new_id: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> Chat:
        """The conversation that stands in a note, ready to go on. A note without turns begins a new one."""
        chat = cls(ask, now=now, new_id=new_id)
        chat._before = note.doc.text
        chat.origin = note.path
        for turn in note.turns:
            role: Literal["user", "assistant"] = "user" if turn.role == "user" else "assistant"
            chat.messages.append(Message(role, words_of(note, turn), turn.time, turn.id))
        chat._turns_before = len(chat.messages)
        return chat

    def after(self, asked: Sequence[str]) -> Chat:
        """This conversation, in which these questions came before."""
        for words in asked:
            self._add("user", words, None)
        return self

    @property
    def before(self) -> str:
        """The text of the note that is continued, exactly; empty for a new conversation."""
        return self._before

    @property
    def new(self) -> tuple[Message, ...]:
        """What was said since the note was read or the conversation was saved."""
        return tuple(self.messages[self._turns_before :])

    def saved(self, path: str, text: str) -> None:
        """It lies at `path` now, as `text`; what is said from here on is added there."""
        self.origin, self._before = path, text
        self._turns_before = len(self.messages)

    @property
    def title(self) -> str:
        """The first question."""
        return next((m.words for m in self.messages if m.role == "user" and m.words), "chat")

    def say(self, words: str) -> Answer:
        """The user's turn and notec's: the answer to `words`, in the light of what was asked before."""
        asked = [m.words for m in self.messages if m.role == "user"]
        full = in_context(words, asked)
        leans = bool(_points_back(words) or _OPENERS.match(words))
        answer = self._ask(full if leans else words)
        if answer.refused and full != words:
            other = self._ask(words if leans else full)
            answer = answer if other.refused else other
        answer = replace(answer, question=words)
        self._add("user", words, None)
        self._add("assistant", "\n".join(c.text for c in answer.claims) or answer.reason, answer)
        return answer

    def markdown(self, link_of: LinkOf) -> str:
        """The conversation as a note, turns as callouts; `link_of` writes the footnotes' links."""
        spoken = language(" ".join(m.words for m in self.messages if m.role == "user"))
        lines = self._before.replace("\r\n", "\n").split("\n") if self._before else []
        kept = [line for line in lines if not DEFINITION.match(line)]
        taken = [line for line in lines if DEFINITION.match(line)]
        last = max((int(number) for number in _MARK.findall(self._before)), default=0)
        footnotes = Footnotes(link_of, spoken, taken=taken, last=last)
        body = ["\n".join(kept).rstrip()] if kept else []
        body += [_callout(message, footnotes) for message in self.new]
        body += ["\n".join(footnotes.definitions())] if footnotes.definitions() else []
        if kept:
            text = "\n\n".join(body) + "\n"
            return text.replace("\n", "\r\n") if "\r\n" in self._before else text
        return page(stamps("chat", self._now(), question=self.title), body)

    def _add(self, role: Literal["user", "assistant"], words: str, answer: Answer | None) -> None:
        time = self._now().strftime("%Y-%m-%dT%H:%M")
        self.messages.append(Message(role, words, time, self._new_id(), answer))


def in_context(words: str, asked: list[str]) -> str:
    """A follow-up question with the words of earlier ones that it leans on; any other question as it is."""
    follows = asked and (_OPENERS.search(words) or _points_back(words) or len(_content(words)) <= 1)
    if not follows:
        return words
    known = {word.lower() for word in _content(words)}
    context: dict[str, str] = {}
    for question in reversed(asked[-2:]):
        for word in _topics(question):
            if word.lower() not in known:
                context.setdefault(word.lower(), word)
        if context:
            break
    return " ".join([words, *list(context.values())[:_CONTEXT_WORDS]])


def words_of(note: Note, turn: Turn) -> str:
    """What was said in a turn of a note, without the callout around it; a line each."""
    lines = [re.sub(r"^\s*>\s?", "", line) for line in note.text_of(turn).splitlines()]
    return "\n".join(plain(line) for line in lines[1:] if not _UID.match(line)).strip()


def _points_back(words: str) -> bool:
    return any(token.form.lower() in _POINTERS for token in tokens(words))


def _content(words: str) -> list[str]:
    return [t.form for t in tokens(words) if t.form.lower() not in STOPWORDS | _POINTERS]


def _topics(question: str) -> list[str]:
    """What a question is about: its nouns where it is Russian, else its content words."""
    words = _content(question)
    if language(question) != "ru":
        return words
    from notec.facts.morphology import readings

    return [w for w in words if not readings(w) or "NOUN" in readings(w)[0].marks] or words


def _callout(message: Message, footnotes: Footnotes) -> str:
    """A turn as `>[!nexus_user] **User** - 28.07.2025 at 12:33` and its lines."""
    when = datetime.fromisoformat(message.time).strftime("%d.%m.%Y at %H:%M")
    kind, name = ("nexus_user", USER) if message.role == "user" else ("nexus_agent", AGENT)
    if message.answer is not None:
        paragraphs = answer_body(message.answer, footnotes)
    else:
        paragraphs = ["\n".join(escape(line) for line in message.words.splitlines())]
    lines = "\n\n".join(paragraphs).split("\n")
    head = [f">[!{kind}] **{name}** - {when}", f"><!-- UID: {message.id} -->"]
    return "\n".join(head + [f">{line}" for line in lines])
