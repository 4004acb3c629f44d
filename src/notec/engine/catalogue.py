"""Open models by name, where no file is at hand: shapes, sizes per quantisation, licences, scores.

A name that never existed is answered with the nearest that do.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, NamedTuple

from notec.core import NotecError
from notec.engine.facts import table
from notec.engine.layout import layer_weights
from notec.engine.shape import Shape, linear_state
from notec.engine.values import AttentionKind, Layer, ModelInfo

_SUFFIXES = re.compile(r"(?:-(?:gguf|unsloth|ud|instruct|it|chat|hf|bf16|fp8|awq|gptq|i1))+$")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([BT])\b", re.I)
_ACTIVE = re.compile(r"(?:^|[^A-Za-z0-9])A(\d+(?:\.\d+)?)B\b", re.I)


class Quant(NamedTuple):
    """A quantisation: bits per weight of a whole file, cost on a CPU, share of the score that it keeps."""

    name: str
    bits: float
    cpu_cost: float
    keeps: float
    source: str


def quant(label: str) -> Quant | None:
    """The quantisation that a label names; `UD-Q4_K_XL`, `iq2_k_r4` and `mix-IQ3_K` are understood."""
    text = label.upper().replace("-", "_").removeprefix("UD_").removeprefix("MIX_")
    text = re.sub(r"_R[48]$|_MOE$", "", text.strip())
    found = {entry["name"]: entry for entry in table("quants")["quants"]}
    if text in found:
        return Quant(**found[text])
    inside = [
        name for name in found if re.search(rf"(?<![A-Z0-9]){name}(?![A-Z0-9])", text.replace(" ", "_"))
    ]
    if not inside:
        inside = [name for name in found if name in text]
    if inside:
        return Quant(**found[max(inside, key=len)])
    digit = re.search(r"I?Q(\d)|(\d)[-_ ]?BIT", text)
    near = {
        "1": "IQ1_M",
        "2": "Q2_K_XL",
        "3": "Q3_K_M",
        "4": "Q4_K_M",
        "5": "Q5_K_M",
        "6": "Q6_K",
        "8": "Q8_0",
    }
    guess = near.get((digit[1] or digit[2]) if digit else "")
    return Quant(**found[guess]) if guess else None


def quants() -> list[Quant]:
    return [Quant(**entry) for entry in table("quants")["quants"]]


@lru_cache(4096)
def plain_name(name: str) -> str:
    """A model's name without owner, case and spacing: `Qwen/Qwen-3 235B_A22B` is `qwen3-235b-a22b`."""
    text = re.sub(r"[\s_]+", "-", name.strip().lower().rsplit("/", 1)[-1])
    text = re.sub(r"^(qwen|llama|gemma|glm|phi|kimi|deepseek|mistral)-(?=\d)", r"\1", text)
    return re.sub(r"-+", "-", text).strip("-")


def entry_named(name: str) -> dict[str, Any] | None:
    """The catalogue's entry for a name or an alias of it, else None."""
    wanted = {plain_name(name), _SUFFIXES.sub("", plain_name(name))}
    for entry in table("models")["models"]:
        for alias in (entry["name"], *entry["aliases"]):
            if plain_name(alias) in wanted:
                found: dict[str, Any] = entry
                return found
    return None


@lru_cache(1024)
def entry_in(text: str) -> dict[str, Any] | None:
    """The entry whose longest name stands inside a text such as a file's name or `general.name`."""
    words = re.sub(r"[\s_()/,]+", "-", text.strip().lower())
    words = re.sub(r"(qwen|llama|gemma|glm|phi|kimi|deepseek|mistral)-(?=\d)", r"\1", words)
    best: tuple[int, dict[str, Any]] | None = None
    for entry in table("models")["models"]:
        for alias in (entry["name"], *entry["aliases"]):
            key = plain_name(alias)
            longer = best is None or len(key) > best[0]
            if longer and re.search(rf"(?<![a-z0-9.]){re.escape(key)}(?![a-z0-9]*b\b|[.]?\d)", words):
                best = (len(key), entry)
    return best[1] if best else None


def find_model(name: str, quantisation: str = "Q4_K_M", weights: int = 0) -> ModelInfo:
    """The model of that name in that quantisation.

    Args:
        weights: bytes of the whole file where they are known; else they follow from the quantisation.

    Raises:
        NotecError: there is no such model (with the nearest), or no such quantisation.
    """
    entry = entry_named(name)
    if entry is None:
        raise no_such_model(name)
    found = quant(quantisation)
    if found is None:
        hint = "one of: " + ", ".join(q.name for q in quants())
        raise NotecError(f"no such quantisation: {quantisation}", hint)
    return from_entry(entry, found, weights, quantisation)


def no_such_model(name: str) -> NotecError:
    """The error for a name that is in no catalogue, with what is nearest to it."""
    for known, why in table("models")["unsized"].items():
        if plain_name(known) == plain_name(name):
            return NotecError(f"{known}: {why}", "name its file: the header tells everything")
    never = {plain_name(k): v for k, v in table("models")["never_existed"].items()}
    close = ", ".join(nearest(name))
    if reason := never.get(plain_name(name)):
        return NotecError(f"no such model: {name}; nearest: {close}", reason)
    return NotecError(
        f"no such model: {name}; nearest: {close}", "`notec models --known` lists all; or name a file"
    )


def nearest(name: str, count: int = 3) -> list[str]:
    """Names most like `name`: its family first, then its size, then its letters."""
    wanted = plain_name(name)
    family = re.match(r"[a-z]+", wanted)
    version = re.match(r"[a-z]+([\d.]*)", wanted)
    size = _SIZE.search(wanted)

    def score(entry: dict[str, Any]) -> float:
        key = plain_name(entry["name"])
        names = (entry["name"], *entry["aliases"])
        points = max(SequenceMatcher(None, wanted, plain_name(n), autojunk=False).ratio() for n in names)
        points += 0.3 * bool(family and key.startswith(family[0]))
        points += 0.1 * bool(version and re.match(r"[a-z]+([\d.]*)", key) and key.startswith(version[0]))
        if size and entry["parameters"]:
            ratio = float(size[1]) * (1e12 if size[2].lower() == "t" else 1e9) / entry["parameters"]
            points += 0.4 * max(0.0, 1 - abs(1 - min(ratio, 1 / ratio)) * 4)
        return points

    ranked = sorted(table("models")["models"], key=lambda e: (-score(e), e["name"]))
    return [entry["name"] for entry in ranked[:count]]


def shape_of(entry: dict[str, Any]) -> Shape:
    """The shape that an entry describes."""
    data = dict(entry["shape"])
    layers = data.pop("layers", 0)
    interval, period = data.pop("full_interval", 0), data.pop("window_period", 0)
    linear = data.pop("linear", None)
    full: AttentionKind = "mla" if data.get("latent") else "full"
    kinds: list[AttentionKind] = []
    for i in range(layers):
        if interval and (i + 1) % interval:
            kinds.append("linear")
        elif period and i % period < period - 1:
            kinds.append("sliding")
        else:
            kinds.append(full)
    kv_heads = data.pop("kv_heads", data.get("heads", 0))
    return Shape(
        hidden=data.pop("hidden", 0),
        heads=data.pop("heads", 0),
        kv_heads=(kv_heads,) * layers,
        key_dim=data.pop("head_dim", 0),
        value_dim=data.pop("value_dim", 0),
        kinds=tuple(kinds),
        state=linear_state(*linear) if linear else (2 << 20 if interval else 0),
        **data,
    )


def from_entry(entry: dict[str, Any], found: Quant, weights: int = 0, label: str = "") -> ModelInfo:
    """The model in a quantisation. Published totals are believed over the formulas.

    Experts take the quantisation's bits; attention and embeddings of a mixture of experts are kept
    finer by every published mixture, so that the whole comes to the file's size.
    """
    shape = shape_of(entry)
    roles = [layer_weights(shape, i) for i in range(shape.layers)]
    routed = sum(r.get("routed", 0) for r in roles)
    total = entry["parameters"] or sum(sum(r.values()) for r in roles) + 2 * shape.vocab * shape.hidden
    active = entry["active"] or 0
    if (
        not routed and active and active < 0.8 * total and shape.layers
    ):  # only totals are known: experts fill the rest
        share = shape.experts_used / shape.experts if shape.experts else 0.04
        routed = round((total - active) / (1 - share))
        for r in roles:
            r["routed"] = routed // shape.layers
    lookup = entry.get("lookup", 0)  # tables of n-grams: large, but a token reads a few rows of them
    outside = shape.vocab * shape.hidden * (1 if shape.tied else 2) + lookup
    inside = sum(r.get("attention", 0) + r.get("dense", 0) + r.get("shared", 0) for r in roles)
    routed = min(routed, total)
    stretch = max(total - routed - outside, 0) / inside if inside else 0.0
    if weights <= 0:
        weights = round(total * found.bits / 8)
    fine, coarse = _split_bits(8 * weights / total if total else found.bits, total, routed)
    layers = []
    for i, r in enumerate(roles):
        kind = shape.kinds[i]
        k_width, v_width = shape.kv_heads[i] * shape.key_dim, shape.kv_heads[i] * shape.value_dim
        if not shape.known:  # no less is kept than by full attention
            kind = "mla" if shape.latent else "full"
        if kind == "mla":
            k_width, v_width = shape.latent + shape.indexer, shape.latent_value
        elif kind == "linear":
            k_width = v_width = 0
        layers.append(
            Layer(
                attention=round(r["attention"] * stretch * fine / 8),
                dense=round(r.get("dense", 0) * stretch * fine / 8),
                shared=round(r.get("shared", 0) * stretch * fine / 8),
                routed=round(r.get("routed", 0) * coarse / 8),
                kind=kind,
                k_width=k_width,
                v_width=v_width,
                state=shape.state if kind == "linear" else 0,
            )
        )
    share = shape.experts_used / shape.experts if shape.experts else 1.0
    one = round(shape.vocab * shape.hidden * fine / 8)
    return ModelInfo(
        name=entry["name"],
        architecture=shape.architecture,
        known=shape.known,
        format="catalogue",
        quant=label or found.name,
        layers=tuple(layers),
        input_embedding=one + round(lookup * fine / 8),
        output=one,
        tied=shape.tied,
        parameters=total,
        active_parameters=active or round(total - routed * (1 - share)),
        experts=shape.experts,
        experts_used=shape.experts_used,
        hidden=shape.hidden,
        heads=shape.heads,
        head_dim=shape.key_dim,
        vocab=shape.vocab,
        max_context=shape.max_context,
        sliding_window=shape.window,
        feed_forward=shape.dense_ff,
        expert_feed_forward=(shape.moe_ff or shape.dense_ff) if shape.experts else 0,
        licence=entry["licence"],
        source=entry["source"],
        notes=(entry["note"],) if entry.get("note") else (),
        doubts=_doubts(entry, shape),
    )


def _doubts(entry: dict[str, Any], shape: Shape) -> tuple[str, ...]:
    out = []
    if not shape.known:
        out.append(
            f"the architecture `{shape.architecture}` was not checked here: its cache is planned as full "
            "attention, its speed is a guess, and not every engine may run it yet"
        )
    if not entry.get("checked", True):
        out.append("its shape is not confirmed by a copy of its configuration")
    return tuple(out)


def _split_bits(bits: float, total: int, routed: int) -> tuple[float, float]:
    """Bits of what every token reads and of the routed experts, for a file of `bits` on average."""
    if not routed or bits >= 7.9:
        return bits, bits
    fine = min(8.5, max(bits + 2.0, 5.0))
    coarse = (bits * total - fine * (total - routed)) / routed
    if coarse < 0.8 * bits:  # small experts: the mixture cannot be that uneven
        return bits, bits
    return fine, coarse


def generic_model(text: str, found: Quant, weights: int = 0) -> ModelInfo | None:
    """A model of which only `70B` or `120B-A12B` is known; None where not even that is."""
    size = _SIZE.search(text)
    if size is None:
        return None
    total = float(size[1]) * (1e12 if size[2].upper() == "T" else 1e9)
    active = _ACTIVE.search(text)
    used = float(active[1]) * 1e9 if active else total
    layers = max(16, min(100, round(16 * (used / 1e9) ** 0.4)))
    shape: dict[str, Any] = {
        "architecture": "unknown", "layers": layers, "hidden": 4096, "heads": 32, "kv_heads": 8,
        "head_dim": 128, "value_dim": 128, "vocab": 128000, "dense_ff": 14336,
    }  # fmt: skip
    if active:
        shape |= {"experts": 128, "experts_used": 8}
    entry = {
        "name": text.strip(),
        "parameters": round(total),
        "active": round(used),
        "licence": "",
        "shape": shape,
        "source": "only its size is known",
    }
    return from_entry(entry, found, weights)
