"""This machine: cards, processor, RAM, and what its memory and disk really deliver.

Bandwidth is measured, not read from a table: all cores read arrays that no cache holds, once over
the whole machine and once for each NUMA node on that node's own memory. Everything that cannot be
found out has a cautious value; nothing here fails because a file or a driver is missing.
"""

from __future__ import annotations

import os
import platform
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from notec.engine.hardware import find_gpu, parse_cpu
from notec.engine.values import GB, Cpu, Gpu, Machine

_LANES = {1: 0.25, 2: 0.5, 3: 0.985, 4: 1.97, 5: 3.94, 6: 7.56}  # GB/s of one PCIe lane, one way
_ARRAY = 192 << 20  # for each core: more than its share of any cache
_LEAST_ARRAY = 32 << 20
_DISK_SAMPLE = 256 << 20


@dataclass(frozen=True)
class Bandwidth:
    """Reading, bytes per second: with all cores, and of each NUMA node with its own cores."""

    total: float
    nodes: tuple[float, ...]


def this_machine(folder: Path | None = None, *, measure: bool = True) -> Machine:
    """Look at this machine.

    Args:
        folder: where the models lie; its disk is measured.
        measure: measure memory and disk (a second or two); otherwise they are a catalogue's guess.
    """
    cpu, notes = processor(), []
    ram = _ram()
    facts = parse_cpu(cpu.name)
    bandwidth = Bandwidth(facts.bandwidth, ())
    if measure:
        bandwidth = memory_bandwidth()
        if len(bandwidth.nodes) > 1:
            each = ", ".join(f"{b / GB:.0f}" for b in bandwidth.nodes)
            notes.append(
                f"NUMA nodes read {each} GB/s from their own memory, all together {bandwidth.total / GB:.0f}"
            )
    cards = tuple(_nvidia()) or tuple(_other_cards())
    place = folder if folder and folder.is_dir() else Path.home()
    free = 0
    with suppress(OSError, AttributeError):
        stats = os.statvfs(place)
        free = stats.f_bavail * stats.f_frsize
    disk = disk_bandwidth(place) if measure else 0.0
    return Machine(cards, cpu, ram, bandwidth.total, measure, disk, free, "", {}, tuple(notes))


def processor() -> Cpu:
    """The processor: name, physical cores, sockets, NUMA nodes and its best instructions."""
    text = _read(Path("/proc/cpuinfo"))
    name = _field(text, "model name") or platform.processor() or platform.machine()
    flags = set((_field(text, "flags") or _field(text, "Features")).split())
    sockets = len(set(re.findall(r"^physical id\s*:\s*(\d+)", text, re.M))) or 1
    pairs = set(re.findall(r"^physical id\s*:\s*(\d+)(?:\n.+)*?\ncore id\s*:\s*(\d+)", text, re.M))
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    cores = min(len(pairs), allowed) if pairs else allowed
    kind = "plain"
    for key, found in (("amx_int8", "amx"), ("avx512f", "avx512"), ("avx2", "avx2"), ("asimd", "neon")):
        if key in flags:
            kind = found
            break
    else:
        if platform.machine().lower() in ("arm64", "aarch64"):
            kind = "neon"
    return Cpu(name, max(cores, 1), sockets, max(1, len(numa_nodes())), kind)


def numa_nodes() -> list[tuple[int, ...]]:
    """The processors of each NUMA node that this process may use."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    nodes = []
    for path in sorted(Path("/sys/devices/system/node").glob("node[0-9]*")):
        cpus = tuple(n for n in _ranges(_read(path / "cpulist")) if n in allowed)
        if cpus:
            nodes.append(cpus)
    return nodes


def memory_bandwidth() -> Bandwidth:
    """Measure reading with all cores, and with each NUMA node's cores alone."""
    nodes = numa_nodes()
    everything = tuple(n for cpus in nodes for n in cpus) or tuple(range(os.cpu_count() or 1))
    total = _measured(everything)
    if len(nodes) < 2:
        return Bandwidth(total, (total,))
    return Bandwidth(total, tuple(_measured(cpus) for cpus in nodes))


def _measured(cpus: Sequence[int]) -> float:
    """Bytes per second that threads pinned to `cpus` read together, the best of three rounds."""
    import numpy as np

    free = _available()
    size = max(_LEAST_ARRAY, min(_ARRAY, free // (4 * len(cpus)))) if free else _LEAST_ARRAY

    def pinned(cpu: int) -> None:
        if hasattr(os, "sched_setaffinity"):
            with suppress(OSError):
                os.sched_setaffinity(0, {cpu})

    def made(cpu: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        pinned(cpu)
        return np.ones(size // 8, np.uint64)  # touched here first: the pages lie on this core's node

    def read(task: tuple[int, np.ndarray[tuple[int], np.dtype[np.uint64]]]) -> float:
        pinned(task[0])
        start = time.perf_counter()
        np.bitwise_or.reduce(task[1])
        return time.perf_counter() - start

    mine = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    best = 0.0
    try:
        with ThreadPoolExecutor(len(cpus)) as pool:
            arrays = list(pool.map(made, cpus))
            tasks = list(zip(cpus, arrays, strict=True))
            for _ in range(3):
                start = time.perf_counter()
                list(pool.map(read, tasks))
                best = max(best, size * len(cpus) / (time.perf_counter() - start))
    finally:
        if mine:
            with suppress(OSError):
                os.sched_setaffinity(0, mine)
    return best


def disk_bandwidth(folder: Path) -> float:
    """Reading a new file of 256 MB that was put out of the page cache; 0 where that cannot be done."""
    if not hasattr(os, "posix_fadvise"):
        return 0.0
    block = os.urandom(1 << 20)
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            for _ in range(_DISK_SAMPLE >> 20):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            file.seek(0)
            start = time.perf_counter()
            while file.read(8 << 20):
                pass
            return _DISK_SAMPLE / (time.perf_counter() - start)
    except OSError:  # full, or read-only
        return 0.0


def _nvidia() -> Iterator[Gpu]:
    """Cards as NVIDIA's driver reports them; none without the driver or its Python package."""
    try:
        import pynvml
    except ImportError:
        return
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return
    try:
        for index in range(pynvml.nvmlDeviceGetCount()):
            card = pynvml.nvmlDeviceGetHandleByIndex(index)
            name = pynvml.nvmlDeviceGetName(card)
            known = find_gpu(str(name))
            bandwidth = known.bandwidth if known else _nvidia_bandwidth(pynvml, card)
            link = known.link if known else 1.97 * 16 * GB
            with suppress(pynvml.NVMLError):
                generation = pynvml.nvmlDeviceGetMaxPcieLinkGeneration(card)
                link = _LANES.get(generation, 1.97) * pynvml.nvmlDeviceGetMaxPcieLinkWidth(card) * GB
            yield Gpu(
                str(name),
                int(pynvml.nvmlDeviceGetMemoryInfo(card).total),
                bandwidth,
                known.flops if known else 80e12,
                link,
                bool(known and known.unified),
                "driver" if known else "driver; its speed is a guess",
            )
    except pynvml.NVMLError:
        return
    finally:
        pynvml.nvmlShutdown()


def _nvidia_bandwidth(pynvml: object, card: object) -> float:
    """Bus width times memory clock, both edges."""
    try:
        width = pynvml.nvmlDeviceGetMemoryBusWidth(card)  # type: ignore[attr-defined]
        clock = pynvml.nvmlDeviceGetMaxClockInfo(card, 2)  # type: ignore[attr-defined]  # 2: memory
    except Exception:  # noqa: BLE001  an old driver: any of its errors means the same
        return 600.0 * GB
    return float(width / 8 * clock * 2e6)


def _other_cards() -> Iterator[Gpu]:
    """AMD cards by the kernel's files, and Apple's unified memory."""
    for path in sorted(Path("/sys/class/drm").glob("card[0-9]*/device/mem_info_vram_total")):
        size = _read(path).strip()
        if size.isdigit() and int(size) > 2 << 30:
            name = _read(path.parent / "product_name").strip() or "AMD card"
            known = find_gpu(name)
            if known:
                yield Gpu(name, int(size), known.bandwidth, known.flops, known.link, known.unified, "driver")
            else:
                yield Gpu(
                    name, int(size), 500e9, 60e12, 1.97 * 16 * GB, source="driver; its speed is a guess"
                )
    if platform.system() == "Darwin" and (known := find_gpu(platform.processor())):
        yield known


def _ram() -> int:
    """Bytes of RAM that this process may use: a container's limit counts."""
    total = _meminfo("MemTotal")
    if not total and hasattr(os, "sysconf"):
        with suppress(ValueError, OSError):
            total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [total]
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        value = _read(Path(path)).strip()
        if value.isdigit() and 0 < int(value) < 1 << 60:
            limits.append(int(value))
    return min(limit for limit in limits if limit) if any(limits) else 8 * GB


def _available() -> int:
    return _meminfo("MemAvailable")


def _meminfo(key: str) -> int:
    found = re.search(rf"^{key}:\s+(\d+) kB", _read(Path("/proc/meminfo")), re.M)
    return int(found[1]) * 1024 if found else 0


def _field(text: str, key: str) -> str:
    found = re.search(rf"^{key}\s*:\s*(.+)$", text, re.M)
    return found[1].strip() if found else ""


def _ranges(text: str) -> Iterator[int]:
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        if first.isdigit():
            yield from range(int(first), int(last or first) + 1)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
