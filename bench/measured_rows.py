"""Published speed measurements as the planner sees them: messy rows in, machine, model and placement out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from notec.engine.catalogue import Quant, entry_in, from_entry, generic_model, quant
from notec.engine.hardware import parse_cpu, parse_disk, parse_gpus, parse_ram
from notec.engine.memory import kv_cache
from notec.engine.placing import fill
from notec.engine.speed import Work
from notec.engine.values import GB, GIB, Gpu, Machine, ModelInfo, Placement

_DEFAULT = "Q4_K_M"
_TEXTS = (
    "model", "quant", "cpu", "ram", "engine", "offload_flags", "context", "placement", "note", "file_size",
)  # fmt: skip
_ENGINES = (
    ("ik_llama", "ik_llama.cpp"),
    ("sglang", "sglang"),
    ("ktransformers", "ktransformers"),
    ("kt-kernel", "sglang"),
    ("vllm", "vllm"),
    ("colibri", "colibri"),
    ("exllama", "exllamav3"),
    ("tensorrt", "vllm"),
    ("/ik", "ik_llama.cpp"),
)
_DESKTOP_RAM = 192 * GB


@dataclass
class Row:
    """One measurement, understood.

    Args:
        doubts: how many of the inputs had to be guessed.
    """

    machine: Machine
    model: ModelInfo
    placement: Placement
    engine: str
    context: int
    prompt: int
    ubatch: int
    kv_type: str
    prefill: float | None
    decode: float | None
    speculative: bool
    doubts: int
    group: str
    work: Work | None = None


def read_rows(data: Any) -> tuple[list[Row], list[str]]:
    """Rows that can be predicted, and for each other one why not."""
    rows: list[Row] = []
    skipped: list[str] = []
    before: dict[str, Any] = {}
    items = data.get("rows", []) if isinstance(data, dict) else data
    for number, raw in enumerate(items if isinstance(items, list) else [], 1):
        try:
            before = _inherited(raw, before)
            found = _row(before)
        except (ValueError, TypeError, KeyError, ZeroDivisionError, AttributeError, OverflowError) as error:
            found = f"{type(error).__name__}: {error}"
        if isinstance(found, Row):
            rows.append(found)
        else:
            skipped.append(f"row {number}: {found}")
    return rows, skipped


def _inherited(raw: Any, before: dict[str, Any]) -> dict[str, Any]:
    """Flags that say "same" are those of the row before."""
    if not isinstance(raw, dict):
        return {}
    flags = str(raw.get("offload_flags") or "")
    if re.search(r"\bsame\b", flags, re.I) and before:
        return {**raw, "offload_flags": f"{flags}; {before.get('offload_flags') or ''}"}
    return raw


def _row(raw: dict[str, Any]) -> Row | str:
    text = {key: str(raw.get(key) or "") for key in _TEXTS}
    prefill, decode = _speed(raw.get("prefill_tok_s")), _speed(raw.get("decode_tok_s"))
    if prefill is None and decode is None:
        return "no speed"
    doubts = 0
    label = re.sub(r".*CPU\s+", "", text["quant"]) if "CPU" in text["quant"] else text["quant"]
    found = quant(label) or quant(text["model"])
    if found is None:
        found, doubts = _must(quant(_DEFAULT)), doubts + 1
    model = _model(text["model"], found, label, _bytes(text["file_size"]) or _bytes(text["quant"]))
    if model is None:
        return f"unknown model {text['model']!r}"
    doubts += model.source == "only its size is known"
    if "-rtr" in text["offload_flags"] or re.search(r"_R[48]\b", text["quant"]):
        model = replace(model, quant=found.name + "_R4")
    gpus = _cards(raw)
    doubts += any("guess" in g.source for g in gpus)
    cpu = parse_cpu(text["cpu"])
    ram = parse_ram(text["ram"], cpu)
    outside = model.weights - sum(g.vram for g in gpus)
    if not cpu.known and not ram.size and outside > _DESKTOP_RAM:  # only a server holds that much
        cpu, doubts = parse_cpu("EPYC 9004"), doubts + 1
        ram = parse_ram(text["ram"], cpu)
    gpus = tuple(replace(card, link=min(card.link, cpu.link)) for card in gpus) if text["cpu"] else gpus
    engine = engine_of(text["engine"])
    placement_text = text["placement"].lower()
    partial = bool(gpus) and "full gpu" not in placement_text
    doubts += partial and not (cpu.known or text["ram"])
    disk = parse_disk(text["ram"] + ";" + text["note"]) or ("disk" in placement_text) * 5 * GB
    if any(g.unified for g in gpus):
        ram = ram._replace(size=0)
    machine = Machine(gpus, cpu.cpu, ram.size, ram.bandwidth, ram.measured, disk)
    context, prompt = _context(text["context"])
    if npp := re.search(r"npp (\d+)", text["offload_flags"]):
        prompt = int(npp[1])
    ubatch = _ubatch(text["offload_flags"], engine, prompt)
    kv_type = (re.search(r"-ctk (\w+)", text["offload_flags"]) or [None, "f16"])[1] or "f16"
    placement = _placement(machine, model, text, context + prompt, kv_type)
    return Row(
        machine, model, placement, engine, context, prompt, ubatch, kv_type, prefill, decode,
        bool(re.search(r"MTP ?=|draft|specul|EAGLE|DFlash", text["engine"] + text["offload_flags"], re.I))
        and "no mtp" not in text["engine"].lower(),
        doubts, f"{text['cpu']}|{text['ram']}|{raw.get('gpus')}",
    )  # fmt: skip


def _must(value: Quant | None) -> Quant:
    assert value
    return value


def _speed(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e6:
        return float(value)
    found = re.search(r"\d+(?:\.\d+)?", value) if isinstance(value, str) else None
    return float(found[0]) if found and float(found[0]) > 0 else None


def _bytes(text: str) -> int:
    found = re.search(r"(\d+(?:\.\d+)?)\s*(GiB|GB|TB|TiB)", text)
    if not found:
        return 0
    return int(float(found[1]) * {"GiB": GIB, "GB": GB, "TB": 1000 * GB, "TiB": 1024 * GIB}[found[2]])


def _model(name: str, found: Quant, label: str, size: int) -> ModelInfo | None:
    entry = entry_in(name)
    if entry:
        if size and not 0.5 < size / (entry["parameters"] * found.bits / 8) < 2:
            size = 0  # the size of something else
        return from_entry(entry, found, size, label)
    return generic_model(name, found, size)


def _cards(raw: dict[str, Any]) -> tuple[Gpu, ...]:
    listed = raw.get("gpus")
    texts = [str(g) for g in listed if g] if isinstance(listed, list) else [str(listed)] if listed else []
    cards = tuple(card for text in texts for card in parse_gpus(text))
    vram = raw.get("vram_gb")
    if len(cards) == 1 and isinstance(vram, int | float) and vram > 0:
        card = cards[0]
        cards = (
            Gpu(card.name, int(vram * GIB), card.bandwidth, card.flops, card.link, card.unified, card.source),
        )
    return cards


def engine_of(text: str) -> str:
    low = text.lower()
    for key, name in _ENGINES:
        if key in low:
            return name if not (name == "sglang" and "ktransformers" in low) else "ktransformers"
    return "llama.cpp"


def _number(text: str) -> int:
    found = re.match(r"<?~?(\d+(?:\.\d+)?)\s*([kK]?)", text)
    return int(float(found[1]) * (1024 if found[2] else 1)) if found else 0


def _context(text: str) -> tuple[int, int]:
    """Tokens before, and tokens of the prompt."""
    if found := re.search(r"N_KV\s*=\s*(\d+)", text):
        return int(found[1]), 2048
    if found := re.search(r"pp\s*(\d+)", text):
        depth = re.search(r"@?\s*d(\d+)", text)
        return int(depth[1]) if depth else 0, int(found[1])
    n = min(_number(text.strip()), 1 << 20)
    return (0, n) if n else (0, 512)


def _ubatch(flags: str, engine: str, prompt: int) -> int:
    found = re.search(r"-ub[ =](\d+)", flags)
    if found:
        return max(1, min(int(found[1]), max(prompt, 1) if prompt < 512 else int(found[1])))
    default = {"sglang": 32768, "ktransformers": 8192, "vllm": 8192, "exllamav3": 2048}.get(engine, 512)
    return max(1, min(default, prompt))


def _placement(
    machine: Machine, model: ModelInfo, text: dict[str, str], tokens: int, kv_type: str
) -> Placement:
    where, flags = text["placement"].lower(), text["offload_flags"]
    count = len(model.layers)
    if not machine.gpus or where.startswith("cpu"):
        return _on_disk(machine, model, Placement(0, count), text)
    if "full gpu" in where:
        return Placement(count + 1, 0)
    cache = kv_cache(model, max(tokens, 8192), kv_type)
    only_exps = re.search(r"exps=CPU|ncmoe 999", flags) and not re.search(
        r"blk|gate exps|op \d|over \d", flags
    )
    kt = "ktransformers" in text["engine"].lower() or "kt-kernel" in text["engine"].lower()
    if model.experts and (only_exps or kt or re.search(r"down_exps=CPU", flags)):
        return _on_disk(machine, model, Placement(count + 1, count), text)
    return _on_disk(machine, model, fill(model, sum(g.vram for g in machine.gpus), cache + 3 * GIB), text)


def _on_disk(machine: Machine, model: ModelInfo, placement: Placement, text: dict[str, str]) -> Placement:
    """What fits neither into VRAM nor into RAM stays on the disk, where a row speaks of one."""
    told = " ".join((text["placement"], text["ram"], text["note"], text["engine"]))
    if not machine.ram or not re.search(r"disk|ssd|nvme|mmap|qlc|page", told, re.I):
        return placement
    room = machine.ram * 0.92 + machine.vram * 0.9
    missing = max(0, round(model.weights - room))
    return Placement(placement.gpu_layers, placement.cpu_expert_layers, disk=missing)
