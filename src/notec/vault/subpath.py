"""Which heading or block of a note the part of a link after `#` means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from unicodedata import normalize

from notec.vault.note import BlockId, Heading

# What Obsidian leaves out on both sides before it compares headings.
_STRIPPED = re.compile(r"""[!"#$%&()*+,.:;<=>?@^`{|}~/\[\]\\\s]+""")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]+")


def match_heading(headings: Sequence[Heading], subpath: str) -> int:
    """Index of the heading that `subpath` (`Link.heading`, such as `A` or `A#B`) means, or -1.

    As in Obsidian: case and punctuation do not count, the first of equal headings wins, and `A#B`
    is the first B below A. Where that finds nothing, a web anchor (`heading-1`) is tried.
    """
    parts = [part for part in map(_plain, subpath.split("#")) if part]
    if not parts:
        return -1
    texts = [_plain(heading.text) for heading in headings]
    stack: list[int] = []
    for index, heading in enumerate(headings):
        while stack and headings[stack[-1]].level >= heading.level:
            stack.pop()
        stack.append(index)
        if texts[index] == parts[-1] and _in_order(parts, [texts[i] for i in stack]):
            return index
    whole = _plain(subpath)  # a heading may hold a `#` itself: `C# basics`
    if whole in texts:
        return texts.index(whole)
    slug, seen = subpath.strip().lower(), dict[str, int]()
    for index, heading in enumerate(headings):
        own = heading_slug(heading.text)
        count = seen[own] = seen.get(own, -1) + 1
        if slug == (f"{own}-{count}" if count else own):
            return index
    return -1


def match_block(block_ids: Sequence[BlockId], wanted: str) -> int:
    """Index of the block id `wanted` (without `^`), whatever its case, or -1."""
    folded = wanted.strip().lower()
    return next((i for i, block in enumerate(block_ids) if block.id.lower() == folded), -1)


@lru_cache(16_384)  # the headings of a note are asked for by all that link to it
def heading_slug(text: str) -> str:
    """The anchor that web renderers of Markdown give to a heading."""
    return _NOT_IN_SLUG.sub("", normalize("NFC", text).lower().strip()).replace(" ", "-")


@lru_cache(16_384)
def _plain(text: str) -> str:
    return _STRIPPED.sub(" ", normalize("NFC", text).lower()).strip()


def _in_order(parts: list[str], chain: list[str]) -> bool:
    """Whether `parts` come in this order among the headings of `chain`, the last being its last."""
    above = iter(chain[:-1])
    return all(part in above for part in parts[:-1])
