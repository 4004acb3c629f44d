"""The same model in several precisions, and what each is worth by published figures."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from notec.core import NotecError
from notec.engine.catalogue import entry_in, entry_named, from_entry, no_such_model, quant, quants
from notec.engine.facts import table
from notec.engine.values import ModelInfo

DEFAULT_QUANTS = ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "IQ4_XS", "Q3_K_XL", "Q2_K_XL", "IQ2_XXS", "IQ1_M")
_KV_KEEPS = {"f16": 1.0, "bf16": 1.0, "f32": 1.0, "q8_0": 0.999, "q5_1": 0.99, "q5_0": 0.99, "q4_0": 0.97}


class Scored(NamedTuple):
    """A published score of the full model, the share that this precision keeps, and where both come from."""

    score: float | None
    keeps: float
    source: str

    @property
    def quality(self) -> float | None:
        return round(self.score * self.keeps, 1) if self.score else None


def score(model: ModelInfo, kv_type: str = "f16") -> Scored:
    """The published score of a model and what its quantisation and its cache keep of it."""
    entry = entry_in(model.name)
    found = quant(model.quant)
    keeps = found.keeps if found else 0.95
    if entry and found and entry.get("native") == found.name:
        keeps = 1.0  # trained in this precision
    kept = keeps * _KV_KEEPS.get(kv_type, 0.98)
    if entry is None or "quality" not in entry:
        return Scored(None, kept, "no published score is known here")
    source = f"{entry['quality_source']}: {entry['quality']}; {model.quant} keeps {keeps:.1%}"
    return Scored(entry["quality"], kept, f"{source} ({found.source})" if found else source)


@lru_cache(128)
def variants(name: str, wanted: tuple[str, ...] = ()) -> tuple[ModelInfo, ...]:
    """A catalogue's model in every precision that is worth looking at, the finest first.

    Raises:
        NotecError: there is no such model (with the nearest names), or no such quantisation.
    """
    entry = entry_named(name)
    if entry is None:
        raise no_such_model(name)
    native = quant(entry["native"]) if entry.get("native") else None
    labels = wanted or tuple(
        label for label in DEFAULT_QUANTS if native is None or _bits(label) < native.bits - 0.3
    )
    if native and not wanted:  # finer than it was trained in gains nothing
        labels = (native.name, *labels)
    out: list[ModelInfo] = []
    for label in dict.fromkeys(labels):
        found = quant(label)
        if found is None:
            hint = "one of: " + ", ".join(q.name for q in quants())
            raise NotecError(f"no such quantisation: {label}", hint)
        out.append(from_entry(entry, found, 0, label))
    return tuple(out)


def _bits(label: str) -> float:
    found = quant(label)
    return found.bits if found else 16.0


def scored_models() -> list[str]:
    """Names of the catalogue with a published score, the best first."""
    scored = [m for m in table("models")["models"] if "quality" in m]
    return [m["name"] for m in sorted(scored, key=lambda m: (-m["quality"], m["name"]))]
