"""Names of models that never existed: a size that a finished generation of a family does not have.

Of what may still come, of fine-tunes and of names that somebody gave to a model of his own nothing is said.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from notec.engine.catalogue import entry_named, nearest, plain_name
from notec.engine.facts import table

_NEAR = 0.035  # sizes are told rounded: 30B is 30.5B
_LETTERS = {"b": 1.0, "б": 1.0, "в": 1.0, "m": 1e-3, "t": 1e3, "т": 1e3}
_SIZE = re.compile(r"(?<![\d.a-zа-я])(\d+(?:\.\d+)?)([bбвmtт])(?![a-zа-я\d])")
_ACTIVE = re.compile(r"(?<![a-z\d])a(\d+(?:\.\d+)?)[bбв](?![a-z\d])")
_EXPERTS = re.compile(r"(?<![\d.])\d+x\d+")
_USUAL = re.compile(  # parts of official names, of files and of quantisations
    r"instruct|chat|base|it|thinking|preview|hf|gguf|mlx|awq|gptq|exl\d|fp\d+|bf16|f16|int\d|nf4|mxfp4|\d+bit|"
    r"(?:i?q|ud|w)\d\w*|ud|[klmsx]{1,2}|\d{4}|v\d[\d.]*|i1|dynamic|unsloth"
)


class NoSuch(NamedTuple):
    """Why there is no such model.

    Args:
        nearest: names of those that there are, the nearest first.
        reason: one sentence.
    """

    nearest: tuple[str, ...]
    reason: str


@cache
def never_existed(name: str) -> NoSuch | None:
    """What is wrong with a model's name; None where there is such a model, or nobody can be sure."""
    owner, _, bare = name.strip().rpartition("/")
    plain = plain_name(bare)
    generation = _generation(plain)
    foreign = owner and not (generation and owner.lower() in generation["owners"])
    if entry_named(bare) or foreign:
        return None  # known, or somebody's own
    for known, reason in table("models")["never_existed"].items():
        if plain_name(known) == plain:
            return NoSuch(tuple(nearest(name, 2)), reason)
    size = _SIZE.search(plain)
    if generation is None or size is None or _EXPERTS.search(plain):
        return None
    rest = _ACTIVE.sub("", _SIZE.sub("", plain[len(plain_name(generation["name"])) :]))
    words = [word for word in re.split(r"[-_.() ]+", rest) if word]
    if any(word not in generation["words"] and not _USUAL.fullmatch(word) for word in words):
        return None  # a fine-tune, a merge or a variant that is not known here
    total = float(size[1]) * _LETTERS[size[2]]
    active = _ACTIVE.search(plain)
    if any(_fits(known, total, float(active[1]) if active else 0.0) for known in generation["sizes"]):
        return None
    told = ", ".join(_told(known) for known in generation["sizes"])
    return NoSuch(tuple(nearest(name, 2)), f"{generation['name']} has the sizes {told}")


def _generation(plain: str) -> dict[str, Any] | None:
    """The closed generation that a name begins with; another version of it is another generation."""
    for generation in table("generations")["generations"]:
        start = plain_name(generation["name"])
        if plain.startswith(start) and not re.match(r"[\w.]", plain[len(start) :]):
            found: dict[str, Any] = generation
            return found
    return None


def _fits(known: float | list[float], total: float, active: float) -> bool:
    """Whether a size is meant; of a mixture of experts the active part may be named for the whole."""
    sizes = known if isinstance(known, list) else [known]
    if active:
        return len(sizes) > 1 and _near(sizes[0], total) and abs(sizes[1] - active) < 1
    return any(_near(size, total) for size in sizes)


def _near(known: float, told: float) -> bool:
    return abs(known - told) <= max(_NEAR * known, 0.051)


def _told(known: float | list[float]) -> str:
    sizes = known if isinstance(known, list) else [known]
    return "-A".join(f"{size:g}B" for size in sizes)
