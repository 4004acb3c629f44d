"""Markdown as HTML that can do nothing: for notes, and for what a model wrote.

Raw HTML stays text. Pictures come from the vault or not at all: the address of a remote one can carry away
what stands beside it. A link leads to a note; an address outside is written beside its words, and is no link.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

NOTES, PICTURES = "/notes/", "/pictures/"
_WIKI = re.compile(r"(?P<embed>!?)\[\[(?P<target>[^\[\]|\n]*)(?:\|(?P<shown>[^\[\]\n]*))?\]\]")
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp)$", re.IGNORECASE)


def to_html(text: str, links: Mapping[str, str] | None = None) -> str:
    """The HTML of a note's body.

    Args:
        links: for the target of each link of the note, the path that it means; others lead nowhere.
    """
    parser = _parser()
    environment: dict[str, Any] = {}
    tokens = parser.parse(_without_frontmatter(text), environment)
    known = links or {}
    for token in tokens:
        if token.children:
            token.children = _safe(token.children, known)
    html: str = parser.renderer.render(tokens, parser.options, environment)
    return html


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])


def _without_frontmatter(text: str) -> str:
    found = re.match(r"\ufeff?---\n.*?\n(?:---|\.\.\.)(?:\n|$)", text, re.DOTALL)
    return text[found.end() :] if found else text


def _safe(children: Sequence[Token], links: Mapping[str, str]) -> list[Token]:
    """The inline tokens of a block without links that lead out and pictures from elsewhere."""
    out: list[Token] = []
    closing: list[str] = []  # what each open link ends with
    for token in children:
        if token.type == "link_open":
            href = str(token.attrGet("href") or "")
            path = _inside(href, links)
            if path:
                out.append(_html(f'<a href="{_address(path)}">'))
                closing.append("</a>")
            else:
                out.append(_html("<span class=out>"))
                closing.append(f" <code>{escape(href)}</code></span>" if href else "</span>")
        elif token.type == "link_close":
            out.append(_html(closing.pop() if closing else ""))
        elif token.type == "image":
            out.append(_html(_image(str(token.attrGet("src") or ""), token.content, links)))
        elif token.type == "text":
            out.append(_html(_wikilinks(token.content, links)))
        else:
            out.append(token)
    return out


def _html(text: str) -> Token:
    from markdown_it.token import Token

    return Token("html_inline", "", 0, content=text)


def _inside(href: str, links: Mapping[str, str]) -> str:
    """The note or file of the vault that an address means; empty where it leads elsewhere."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    if parts.scheme or parts.netloc or "\\" in href:
        return ""
    return links.get(href) or links.get(unquote(href)) or links.get(unquote(parts.path)) or ""


def _image(src: str, words: str, links: Mapping[str, str]) -> str:
    path = _inside(src, links)
    if path and _PICTURE.search(path):
        return f'<img src="{PICTURES}{quote(path)}" alt="{escape(words)}" loading="lazy">'
    return f"<span class=out>{escape(words)} <code>{escape(src)}</code></span>"


def _wikilinks(text: str, links: Mapping[str, str]) -> str:
    out: list[str] = []
    end = 0
    for found in _WIKI.finditer(text):
        out.append(escape(text[end : found.start()]))
        target, shown = found["target"], found["shown"] or found["target"]
        path = links.get(target) or links.get(target.partition("#")[0]) or ""
        if path and found["embed"] and _PICTURE.search(path):
            out.append(_image(target, shown, links))
        elif path:
            out.append(f'<a href="{_address(path)}">{escape(shown)}</a>')
        else:
            out.append(f"<span class=out>{escape(shown)}</span>")
        end = found.end()
    out.append(escape(text[end:]))
    return "".join(out)


def _address(path: str) -> str:
    return (PICTURES if _PICTURE.search(path) else NOTES) + quote(path.encode("utf-8", "surrogateescape"))
