"""Obsidian's canvas (JSON Canvas 1.0, https://jsoncanvas.org/spec/1.0) as a note.

Each card becomes a piece of text, from top to bottom and left to right, with its id as a block id; a
file card is an embed, a group is a heading over its cards, and the arrows stand as a list at the
end. What is wrong with one card is a diagnostic that names its id; the others live.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from math import isfinite
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from notec.core import Diagnostic, Outcome, Severity
from notec.vault.derive import Derived, block_name, clean, one_line
from notec.vault.note import Note

_Say = Callable[[str], None]
_LABEL = 60  # characters of a card that stand for it in the list of arrows
_MOST_PAIRS = 4_000_000  # cards times groups; a canvas drawn by hand has a few thousand
_MARKS = re.compile(r"[\[\]|#^<>*_`~\\]+")


class _Card(NamedTuple):
    id: str
    kind: str
    x: float
    y: float
    width: float
    height: float
    data: dict[str, Any]

    def holds(self, other: _Card) -> bool:
        """Whether the middle of `other` lies on this card; a card that juts out a little still belongs."""
        x, y = other.x + other.width / 2, other.y + other.height / 2
        return self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height

    def area(self) -> float:
        return self.width * self.height


def read_canvas(path: str, text: str, *, dialect: str = "obsidian") -> Outcome[Note]:
    """The note of a canvas. Never raises; diagnostics have the codes `bad-json` and `bad-canvas`."""
    derived = Derived(path, dialect)
    title = PurePosixPath(path).stem
    if not text.strip("\ufeff \t\r\n\0"):  # Obsidian makes new canvases as empty files
        return derived.note(title)
    loaded = load_json(path, text)
    if loaded.value is None:
        return derived.note(title, diagnostics=loaded.diagnostics)
    data, said = loaded.value, list[Diagnostic]()

    def say(message: str) -> None:
        said.append(Diagnostic("bad-canvas", Severity.WARNING, f"{path}: {message}", path))

    if not isinstance(data, dict):
        say("holds no canvas (an object with `nodes` and `edges`)")
        data = {}
    cards = _cards(data.get("nodes"), say)
    _write(derived, cards, say)
    derived.leave(1)
    derived.body("\n".join(_arrows(data.get("edges"), {card.id: _reference(card) for card in cards}, say)))
    return derived.note(title, diagnostics=tuple(said))


def load_json(path: str, text: str) -> Outcome[Any]:
    """The value of a JSON text, or None with a `bad-json` diagnostic at its line."""
    try:
        return Outcome(json.loads(text.removeprefix("\ufeff")))
    except json.JSONDecodeError as error:
        message = (
            f"{path}: is no valid JSON ({error.msg}, line {error.lineno}); save it again where it came from"
        )
        return Outcome(None, (Diagnostic("bad-json", Severity.ERROR, message, path, error.lineno),))
    except (RecursionError, ValueError) as error:  # nested too deep; a number of thousands of digits
        message = f"{path}: is no usable JSON ({error}); save it again where it came from"
        return Outcome(None, (Diagnostic("bad-json", Severity.ERROR, message, path),))


def _cards(nodes: Any, say: _Say) -> list[_Card]:
    cards: dict[str, _Card] = {}
    if nodes is not None and not isinstance(nodes, list):
        say("`nodes` is no list")
    for number, node in enumerate(nodes if isinstance(nodes, list) else []):
        if not isinstance(node, dict):
            say(f"node {number} is no object")
            continue
        name, kind = node.get("id"), node.get("type")
        if not isinstance(name, str) or not name:
            say(f"node {number} has no id")
            name = f"node-{number}"
        elif name in cards:
            say(f"node {number} has the id of another")
            name = f"node-{number}"
        while name in cards:
            name += "x"
        if kind not in ("text", "file", "link", "group"):
            say(f"node {name} has the unknown type {one_line(str(kind))[:_LABEL]!r}")
            kind = "text"
        elif kind != "group" and not isinstance(node.get("url" if kind == "link" else kind), str):
            say(f"node {name} has no {'url' if kind == 'link' else kind}")
            kind = "text"
        x, y, width, height = (_number(node.get(key)) for key in ("x", "y", "width", "height"))
        cards[name] = _Card(name, kind, x, y, width, height, node)
    return list(cards.values())


def _number(value: Any) -> float:
    usable = isinstance(value, int | float) and abs(value) < 1e12 and isfinite(value)
    return float(value) if usable else 0.0


def _write(derived: Derived, cards: list[_Card], say: _Say) -> None:
    """The cards that lie on no group, then each group with its cards, then the groups inside it."""
    groups = [card for card in cards if card.kind == "group"]
    if len(groups) * len(cards) > _MOST_PAIRS:
        say(f"has {len(groups)} groups; which card lies on which is not looked at")
        groups = []
    groups.sort(key=lambda c: (-c.area(), c.y, c.x, c.id))
    rank = {group.id: number for number, group in enumerate(groups)}
    inside: dict[str, list[_Card]] = {}
    for card in sorted(cards, key=lambda c: (c.y, c.x, c.id)):
        larger = groups[: rank.get(card.id, len(groups))]
        around = next((group.id for group in reversed(larger) if group.holds(card)), "")
        inside.setdefault(around, []).append(card)
    waiting: list[tuple[_Card | None, int]] = [(None, 0)]
    while waiting:
        group, depth = waiting.pop()
        if group:
            label = group.data.get("label")
            derived.heading(depth, label if isinstance(label, str) else "")
        mine = inside.get(group.id if group else "", [])
        for card in mine:
            if card.kind != "group" or not groups:
                _write_card(derived, card)
        waiting += ((card, depth + 1) for card in reversed(mine) if card.kind == "group" and groups)


def _write_card(derived: Derived, card: _Card) -> None:
    data = card.data
    if card.kind == "file":
        part = data.get("subpath")
        derived.body(
            f"![[{one_line(data['file'])}{one_line(part) if isinstance(part, str) else ''}]]", card.id
        )
    elif card.kind == "link":
        derived.body(_url(data["url"]), card.id)
    elif isinstance(data.get("text"), str):
        derived.body(data["text"], card.id)


def _url(url: str) -> str:
    url = one_line(url)
    return url if set(url) & set(" <>") else f"<{url}>"


def _reference(card: _Card) -> str:
    """How the list of arrows names a card."""
    if card.kind == "link":
        return _url(card.data["url"])
    if card.kind == "file":
        return f"[[{one_line(card.data['file'])}]]"
    said = card.data.get("label" if card.kind == "group" else "text")
    lines = clean(said).split("\n") if isinstance(said, str) else []
    words = next((plain for line in lines if (plain := " ".join(_MARKS.sub(" ", line).split()))), card.id)
    if card.kind == "group":
        return f"[[#{words}]]"
    short = words if len(words) <= _LABEL else words[:_LABEL].rsplit(" ", 1)[0] + "…"
    return f"[[#^{block_name(card.id)}|{short}]]"


def _arrows(edges: Any, names: dict[str, str], say: _Say) -> list[str]:
    if edges is not None and not isinstance(edges, list):
        say("`edges` is no list")
    lines = []
    for number, edge in enumerate(edges if isinstance(edges, list) else []):
        start, end = (_known(edge, key, names) for key in ("fromNode", "toNode"))
        if not start or not end:
            name = edge.get("id", number) if isinstance(edge, dict) else number
            say(f"edge {one_line(str(name))[:_LABEL]} leads from or to a node that is not there")
            continue
        back, forth = edge.get("fromEnd") == "arrow", edge.get("toEnd", "arrow") == "arrow"
        sign = {(False, True): "→", (True, False): "←", (True, True): "↔"}.get((back, forth), "—")
        label = edge.get("label")
        said = f": {one_line(label)}" if isinstance(label, str) and label.strip() else ""
        lines.append(f"- {start} {sign} {end}{said}")
    return lines


def _known(edge: Any, key: str, names: dict[str, str]) -> str:
    end = edge.get(key) if isinstance(edge, dict) else None
    return names.get(end, "") if isinstance(end, str) else ""
