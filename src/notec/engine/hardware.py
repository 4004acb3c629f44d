"""The catalogue of cards, processors and memory platforms: for machines that one does not own yet.

Names are taken as people write them ("2x RTX 3090", "EPYC 9355 (32c)", "768 GB DDR5-6400 12ch"). What
is not known becomes a cautious guess that says so; nothing here raises for a strange name.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, NamedTuple

from notec.core import NotecError
from notec.engine.facts import table
from notec.engine.values import GB, GIB, Cpu, Gpu, Machine

# GB/s of 16 lanes, one way, by generation; a copy reaches most of it
_LANE = {1: 0.25, 2: 0.5, 3: 0.985, 4: 1.97, 5: 3.94, 6: 7.56}
_UNKNOWN_BANDWIDTH = 600.0
_UNKNOWN_TFLOPS = 80.0


class Ram(NamedTuple):
    """Memory as a text describes it: bytes (0 unknown), bytes per second, and whether that was measured."""

    size: int
    bandwidth: float
    measured: bool


def find_gpu(name: str) -> Gpu | None:
    """The card whose name or alias is the longest one inside `name`; None where none is."""
    best: tuple[int, dict[str, Any]] | None = None
    for entry in table("hardware")["gpus"]:
        for alias in (entry["name"], *entry["aliases"]):
            words = re.findall(r"[A-Za-z]+|\d+|\+", alias)
            bare = words[1:] if words[0] in ("RTX", "GTX", "RX") and words[1].isdigit() else words
            for part in (words, bare):
                pattern = r"(?<![A-Za-z0-9])" + r"[\s_-]*".join(map(re.escape, part)) + r"(?![0-9])"
                if len(alias) > (best[0] if best else 0) and re.search(pattern, name, re.I):
                    best = (len(alias), entry)
    return _gpu(best[1]) if best else None


def _gpu(entry: dict[str, Any]) -> Gpu:
    return Gpu(
        name=entry["name"],
        vram=entry["vram"] * GIB,
        bandwidth=entry["bandwidth"] * GB,
        flops=entry["tflops"] * 1e12,
        link=_LANE[entry["pcie"]] * entry["lanes"] * GB,
        unified=entry["unified"],
        source=entry["source"],
    )


def parse_gpus(text: str) -> tuple[Gpu, ...]:
    """Cards from a text such as `2x RTX 3090` or `RTX 4090 48GB`; unknown ones are guessed, and say so."""
    count = 1
    if found := re.match(r"\s*(?:\d+-)?(\d{1,4})\s*(?:[x×*]|GPUs?:?)\s*", text, re.I):
        count, text = max(1, min(int(found[1]), 64)), text[found.end() :]
    gpu = find_gpu(text)
    size = re.search(r"(\d{1,4}(?:\.\d+)?)\s*Gi?B", text, re.I)
    if gpu is None:
        vram = int(float(size[1]) * GIB) if size else 24 * GIB
        gpu = Gpu(
            text.strip() or "unknown card", vram, _UNKNOWN_BANDWIDTH * GB, _UNKNOWN_TFLOPS * 1e12,
            _LANE[4] * 16 * GB, source="unknown card: its bandwidth and speed are guessed",
        )  # fmt: skip
    elif size:
        gpu = replace(gpu, vram=int(float(size[1]) * GIB))
    return (gpu,) * count


class CpuFacts(NamedTuple):
    """A processor, the memory channels of its platform, and their rate in MT/s at best."""

    cpu: Cpu
    channels: int  # of all sockets
    rate: float
    known: bool
    link: float  # of its 16 lanes of PCIe, bytes per second

    @property
    def bandwidth(self) -> float:
        return self.channels * self.rate * 8e6


_SERVER_CORES = 28  # an unknown processor with as many cores has a server's memory
_SERVER_RAM = 256 * GB


def parse_cpu(text: str | None) -> CpuFacts:
    """The processor that a text names; sockets by `2x` or `dual`, cores by `32c` or `32 cores`."""
    text = text or ""
    sockets = 2 if re.match(r"\s*(?:2\s*[x×]|dual)", text, re.I) else 1
    facts = table("hardware")
    entry = next((e for e in facts["cpus"] if re.search(e["pattern"], text, re.I)), None)
    cores = entry["cores"] if entry else 12
    if found := re.search(r"\b(\d{1,3})\s*(?:c\b|cores)", text, re.I):
        cores = int(found[1])
    elif found := re.search(r"\b(\d{1,3})\s*(?:threads|cpuinfer)", text, re.I):
        cores = int(found[1]) // sockets
    else:
        plain = re.sub(r" (?=v\d)", "", text)
        exact = [name for name in facts["cores"] if re.search(rf"(?<!\d){name}(?!\d)", plain, re.I)]
        cores = facts["cores"][max(exact, key=len)] if exact else cores
    cores = max(1, min(cores, 1024))
    if entry is None:
        server = cores >= _SERVER_CORES
        entry = {
            "kind": "avx512" if server else "avx2",
            "channels": 8 if server else 2,
            "mts": 4800,
            "pcie": 4,
        }
    cpu = Cpu(text or "unknown processor", cores * sockets, sockets, sockets, entry["kind"])
    link = _LANE[entry["pcie"]] * 16 * GB
    return CpuFacts(cpu, entry["channels"] * sockets, entry["mts"], "name" in entry, link)


_SPEED = re.compile(r"(?<![\d.])(\d{2,4}(?:\.\d+)?)\s*GB/s", re.I)
_DISK = re.compile(r"(?:NVMe|SSD|QLC|Gen\d|disk)[^,;]*", re.I)


def parse_ram(text: str | None, cpu: CpuFacts) -> Ram:
    """Memory from a text such as `768 GB DDR5-6400 12ch (OCCT read 598 GB/s)`.

    What the text leaves out comes from the processor's platform, and from what its size needs.
    """
    text = _DISK.sub("", text or "")
    size = 0.0
    dimms = re.search(r"(\d{1,2})\s*[x×]\s*(\d{1,3})\s*GB", text, re.I)
    if dimms:
        size = float(dimms[1]) * float(dimms[2]) * GB
    elif found := re.search(r"(?<![\d.])(\d{1,4}(?:\.\d+)?)\s*([GT])i?B(?!/s)", text, re.I):
        size = float(found[1]) * GB * (1000 if found[2].upper() == "T" else 1)
    if speeds := _SPEED.findall(text):
        measured = bool(re.search(r"measured|mlc|stream|occt|read|aida", text, re.I))
        return Ram(int(size), float(speeds[-1]) * GB, measured)
    sockets = cpu.cpu.sockets
    lines, rate = cpu.channels, cpu.rate
    if not cpu.known and size > _SERVER_RAM and lines < 8:
        lines, rate = (12 if size > 3 * _SERVER_RAM else 8) * sockets, 4800
    if found := re.search(r"(\d{1,2})\s*(?:ch\b|channels?)", text, re.I):
        lines = int(found[1]) * (sockets if int(found[1]) <= 12 else 1)
    elif found := re.search(r"\b(dual|quad|octa)\b", text, re.I):
        lines = {"dual": 2, "quad": 4, "octa": 8}[found[1].lower()]
    elif dimms and 8 <= int(dimms[1]) <= 24:
        lines = int(dimms[1])
    if found := re.search(r"(?:DDR\d|MRDIMM|LPDDR\dx?)[- ]?(\d{4,5})", text, re.I):
        rate = float(found[1])
    elif "DDR4" in text.upper():
        rate = min(rate, 3200)
    return Ram(int(size), max(lines, 1) * rate * 8e6, False)


def parse_disk(text: str | None) -> float:
    """Reading speed of a disk that a text names, bytes per second; 0 where it names none."""
    part = _DISK.search(text or "")
    found = re.search(r"(?<![\d.])(\d{1,3}(?:\.\d+)?)\s*GB/s", part[0], re.I) if part else None
    return float(found[1]) * GB if found else (5.0 * GB if part else 0.0)


def platforms() -> list[dict[str, Any]]:
    """The memory platforms of the catalogue."""
    found: list[dict[str, Any]] = table("hardware")["platforms"]
    return found


def platform_for(ram: int, key: str = "") -> dict[str, Any]:
    """The platform named `key`, else the simplest that holds `ram` bytes.

    Raises:
        NotecError: no platform has that name.
    """
    if key:
        for entry in platforms():
            if entry["key"] == key:
                return entry
        raise NotecError(f"no platform `{key}`", "one of: " + ", ".join(p["key"] for p in platforms()))
    order = ("desktop", "desktop-4", "threadripper-pro", "epyc-9005", "epyc-9005x2")
    for name in order:
        entry = platform_for(ram, name)
        if ram <= entry["max_ram_gb"] * GB:
            return entry
    return platform_for(ram, order[-1])


def machine_named(gpu: str, ram: int, *, cpu: str = "", platform: str = "") -> Machine:
    """A machine by the names of its parts; `gpu` may list several with `,` or be empty.

    Raises:
        NotecError: the platform is unknown, or cannot hold that much memory.
    """
    gpus = tuple(card for part in gpu.split(",") if part.strip() for card in parse_gpus(part))
    entry = platform_for(ram, platform)
    most = entry["max_ram_gb"] * GIB
    if ram > most:
        raise NotecError(f"{entry['name']} stops at {entry['max_ram_gb']} GB", "name another with --platform")
    notes = [f"{entry['name']}: {entry['note']}" if entry["note"] else entry["name"]]
    notes += [f"{card.name}: {card.source}" for card in dict.fromkeys(gpus) if "guess" in card.source]
    bandwidth = entry["channels"] * entry["mts"] * 8e6
    processor = Cpu(
        entry["name"], entry["cores"] * entry["sockets"], entry["sockets"], entry["sockets"], entry["kind"]
    )
    if cpu:
        facts = parse_cpu(cpu)
        processor = facts.cpu
        gpus = tuple(replace(card, link=min(card.link, facts.link)) for card in gpus)
        if not platform:
            bandwidth, notes = facts.bandwidth, notes[1:]
            if facts.bandwidth < 4 * 6400 * 8e6 and entry["key"] == "desktop-4":
                bandwidth = min(bandwidth, entry["channels"] * entry["mts"] * 8e6)
        if not facts.known:
            notes.append(f"processor {cpu!r} is unknown: planned as one with AVX2 and two channels")
    if one := next((card for card in gpus if card.unified), None):  # the RAM that was named is the card's
        gpus = tuple(replace(card, vram=min(card.vram, ram) if ram else card.vram) for card in gpus)
        ram, notes = 0, [f"{one.name}: its memory is card and RAM in one"]
        processor = replace(processor, name=one.name)
    return Machine(gpus, processor, ram, bandwidth, False, 7 * GB, 0, entry["key"], {}, tuple(notes))
