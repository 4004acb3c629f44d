"""Plans as a table that a person reads in ten seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from notec.front.render import printable

if TYPE_CHECKING:
    from notec.app.planning import Board, Interval, LocalModel, Machine, Plan, Wishes

_GB = 1e9
_BAR = 8
_BEST = 3  # models of each size in a what-if that names none
_CEILING = 85  # of GPQA Diamond, not all of whose 198 questions have a sound answer
QUESTION, ANSWER = 20_000, 1_000


def machine_line(machine: Machine) -> str:
    """`RTX PRO 6000, 103 GB · 132 GB RAM at 70 GB/s · desktop, ...`."""
    names: dict[str, int] = {}
    for card in machine.gpus:
        names[card.name] = names.get(card.name, 0) + 1
    cards = " + ".join(f"{n}x {name}" if n > 1 else name for name, n in names.items()) or "no GPU"
    vram = f", {machine.vram / 2**30:.0f} GiB ({machine.vram / _GB:.0f} GB)" if machine.gpus else ""
    how = "measured" if machine.ram_measured else "at best"
    ram = (
        f"{machine.ram / _GB:.0f} GB RAM, {machine.ram_bandwidth / _GB:.0f} GB/s {how}"
        if machine.ram
        else "unified"
    )
    return printable(f"{cards}{vram} · {ram} · {machine.cpu.name}, {machine.cpu.cores} cores")


def board_text(board: Board, wishes: Wishes) -> str:
    """The table of one machine."""
    lines = [
        machine_line(board.machine),
        f"context {wishes.context:,} tokens, at least {wishes.floor:g} tokens/s",
        "",
    ]
    head = (
        f"{'model':<31} {'precision':<10} {'quality':>7}  {'VRAM GB':<{_BAR + 4}} {'RAM GB':<{_BAR + 4}} "
        f"{'writes t/s':>16} {'reads t/s':>9} {'20k+1k':>8}"
    )
    lines += [head, "-" * len(head)]
    lines += [_row(item, board.machine) for item in board.plans]
    if not board.plans:
        lines.append("nothing of the catalogue runs on this machine")
    for item in board.refused:
        lines.append(f"{_name(item):<31} does not fit: {_reason(item)}")
    lines += [
        "",
        "writes: tokens per second, in four cases of five between the two; 20k+1k: time for a question of",
    ]
    lines.append(
        "20,000 tokens, answered in 1,000; quality: published GPQA Diamond, less what the precision costs"
    )
    shown = (*board.plans, *board.refused)
    if packed := sorted({item.kv_type for item in board.plans if item.kv_type != "f16"}):
        lines.append(f"* with a cache in {', '.join(packed)}")
    if any((item.quality or 0) > _CEILING for item in shown):
        lines.append(f"above {_CEILING} that exam is near its ceiling: a few points more tell nothing")
    lines += [f"? {line}" for line in _doubts(shown)]
    lines += [f"note: {note}" for note in board.machine.notes]
    return "\n".join(lines)


def _doubts(plans: Sequence[Plan]) -> list[str]:
    """What is not known for sure of the models shown, each doubt once with all whom it concerns."""
    whom: dict[str, list[str]] = {}
    for item in plans:
        for doubt in item.model.doubts:
            whom.setdefault(printable(doubt), []).append(printable(item.model.name))
    return [f"{', '.join(dict.fromkeys(names))}: {doubt}" for doubt, names in whom.items()]


def _name(item: Plan) -> str:
    return printable(item.model.name)[:29] + " ?" if item.model.doubts else printable(item.model.name)[:31]


def _row(item: Plan, machine: Machine) -> str:
    from notec.app.planning import ram_limit, vram_limit

    name = _name(item)
    precision = item.model.quant[:10] + ("" if item.kv_type == "f16" else "*")
    quality = f"{item.quality:.1f}" if item.quality is not None else "-"
    vram = _bar(item.vram_bytes, vram_limit(machine)) if machine.gpus else " " * (_BAR + 4)
    ram = _bar(item.ram_bytes, ram_limit(machine)) if machine.ram else " " * (_BAR + 4)
    start = f"{name:<31} {precision:<10} {quality:>7}  {vram} {ram}"
    if not item.fits:
        return f"{start} does not fit: {_reason(item)}"
    speed = f"{_figure(item.decode.mid)} ({_figure(item.decode.low)}-{_figure(item.decode.high)})"
    return f"{start} {speed:>16} {_figure(item.prefill.mid):>9} {minutes(item.seconds(QUESTION, ANSWER)):>8}"


def _reason(item: Plan) -> str:
    from notec.app.planning import why_not

    return why_not(item, item.machine) or "no room"


def _bar(used: float, limit: float) -> str:
    """`██████░░  99`: how full, and gigabytes."""
    share = used / limit if limit else 2.0
    full = min(_BAR, round(_BAR * share))
    bar = "█" * full + "░" * (_BAR - full) if share <= 1 else "!" * _BAR
    return f"{bar}{used / _GB:>4.0f}"


def _figure(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"


def minutes(time: Interval) -> str:
    """The middle of an interval of seconds, in words."""
    seconds = time.mid
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def what_if_text(boards: Sequence[Board]) -> str:
    """What other RAM buys: each named model size after size; without a name, the best of each size."""
    lines = ["", "What more memory buys", ""]
    head = (
        f"{'RAM':>8} {'GB/s':>5}  {'platform':<17} {'model':<31} {'precision':<10} {'quality':>7} "
        f"{'writes t/s':>10} {'reads t/s':>9} {'20k+1k':>8}"
    )
    lines += [head, "-" * len(head)]
    if _named(boards):
        groups = [[(b, b.plans[i]) for b in boards] for i in range(len(boards[0].plans))]
    else:
        groups = [[(b, item) for item in b.plans[:_BEST]] for b in boards]
    rows = [row for group in groups for row in group]
    for number, group in enumerate(groups):
        lines += [""] if number else []
        lines += [_what_if_row(board, item) for board, item in group]
    above = _doubts([item for board in boards[:1] for item in (*board.plans, *board.refused)])
    more = [f"? {line}" for line in _doubts([item for _, item in rows]) if line not in above]
    notes = dict.fromkeys(note for board in boards for note in board.machine.notes)
    return "\n".join((*lines, "", *more, *(f"note: {note}" for note in notes)))


def _named(boards: Sequence[Board]) -> bool:
    """The same models on every board: they were named."""
    return len({tuple(p.model.name for p in board.plans) for board in boards}) == 1


def _what_if_row(board: Board, item: Plan) -> str:
    machine = board.machine
    one = next((card for card in machine.gpus if card.unified), None)
    size, speed = (one.vram, one.bandwidth) if one else (machine.ram, machine.ram_bandwidth)
    place = "unified" if one else machine.platform or "this machine"
    start = (
        f"{size / _GB:>5.0f} GB {speed / _GB:>5.0f}  {place:<17} "
        f"{_name(item):<31} {item.model.quant[:10]:<10} "
    )
    if not item.fits:
        return f"{start}does not fit: {_reason(item)}"
    quality = f"{item.quality:.1f}" if item.quality is not None else "-"
    return (
        f"{start}{quality:>7} {_figure(item.decode.mid):>10} {_figure(item.prefill.mid):>9} "
        f"{minutes(item.seconds(QUESTION, ANSWER)):>8}"
    )


def explain_text(board: Board) -> str:
    """Reasons, refusals and the command of each plan."""
    lines: list[str] = []
    for item in board.plans:
        memory = item.memory
        lines += ["", f"{printable(item.model.name)}, {item.model.quant}"]
        lines += [f"  because  {printable(reason)}" for reason in item.reasons]
        for name, size, parts in (
            ("VRAM", item.vram_bytes, ("weights_gpu", "kv_gpu", "compute_gpu", "overhead_gpu")),
            ("RAM", item.ram_bytes, ("weights_ram", "kv_ram", "compute_ram", "overhead_ram")),
        ):
            shares = zip(("weights", "cache", "buffers", "driver and process"), parts, strict=True)
            told = ", ".join(f"{what} {getattr(memory, part) / _GB:.1f}" for what, part in shares)
            lines.append(f"  {name:<8} {size / _GB:.1f} GB: {told}")
        if item.placement.disk:
            lines.append(f"  disk     {item.placement.disk / _GB:.1f} GB of weights stay on the disk")
        lines.append(
            f"  reads    {item.prefill.low:,.0f} to {item.prefill.high:,.0f} tokens/s, "
            f"micro-batch {item.ubatch}; writes {item.decode.low:.1f} to {item.decode.high:.1f} "
            f"after {item.speed_context:,} tokens"
        )
        lines += [f"  refused  {refused.what}: {refused.why}" for refused in item.refused]
        if item.model.licence:
            lines.append(f"  licence  {item.model.licence}")
        if item.command:
            lines.append("  start    " + " ".join(_quoted(word) for word in item.command))
    return "\n".join(lines)


def _quoted(word: str) -> str:
    import shlex

    return shlex.quote(word)


def platforms_text(found: Sequence[dict[str, Any]]) -> str:
    """The memory platforms of the catalogue."""
    lines = [f"{'key':<18} {'GB/s':>5} {'most GB':>8}  platform"]
    for entry in found:
        bandwidth = entry["channels"] * entry["mts"] * 8e-3
        lines.append(f"{entry['key']:<18} {bandwidth:>5.0f} {entry['max_ram_gb']:>8}  {entry['name']}")
    return "\n".join(lines)


def machine_text(machine: Machine) -> str:
    """What there is, a line each."""
    cpu = machine.cpu
    sockets = f", {cpu.sockets} sockets, {cpu.numa_nodes} NUMA nodes" if cpu.numa_nodes > 1 else ""
    lines = [f"processor  {printable(cpu.name)}, {cpu.cores} cores, {cpu.kind}{sockets}"]
    how = "measured with all cores" if machine.ram_measured else "guessed from the processor's name"
    lines.append(f"RAM        {machine.ram / _GB:.1f} GB, {machine.ram_bandwidth / _GB:.1f} GB/s {how}")
    for card in machine.gpus:
        lines.append(
            f"card       {printable(card.name)}, {card.vram / _GB:.1f} GB, {card.bandwidth / _GB:,.0f} GB/s, "
            f"PCIe {card.link / _GB:.0f} GB/s ({printable(card.source)})"
        )
    if not machine.gpus:
        lines.append("card       none found; NVIDIA's are found with: pip install 'notec[gpu]'")
    lines.append(f"disk       {machine.disk_bandwidth / _GB:.1f} GB/s, {machine.disk_free / _GB:.0f} GB free")
    for kind, factor in machine.efficiency.items():
        lines.append(f"launches   {kind}: {factor:.2f} of what was planned")
    shown = ", ".join(f"{key} x{v:.2f}" for key, v in machine.kernels.items() if " " in key)
    if shown:
        lines.append(f"calibrated {shown} (against published measurements)")
    return "\n".join([*lines, *(f"note       {note}" for note in machine.notes)])


def local_text(found: Sequence[LocalModel]) -> str:
    """Models on this disk, a line each."""
    if not found:
        return "no model was found on this disk"
    lines = [
        f"{'model':<44} {'kept by':<12} {'GB':>6}  {'precision':<10} {'writes t/s':>10} {'reads t/s':>9}"
    ]
    for item in found:
        start = f"{printable(item.name)[-44:]:<44} {item.keeper:<12} {item.bytes / _GB:>6.1f}  "
        if item.plan is None:
            lines.append(f"{start}{printable(item.problem)}")
        elif not item.plan.fits:
            lines.append(f"{start}does not fit: {_reason(item.plan)}")
        else:
            plan = item.plan
            speeds = f"{_figure(plan.decode.mid):>10} {_figure(plan.prefill.mid):>9}"
            lines.append(f"{start}{plan.model.quant[:10]:<10} {speeds}")
            if worst := [d for d in plan.diagnostics if d.severity == "error"]:
                lines.append(f"  {worst[0].message}")
    return "\n".join(lines)


def known_text(known: Sequence[dict[str, Any]]) -> str:
    """The catalogue, a line a model."""
    lines = [f"{'model':<32} {'parameters':>10} {'active':>8} {'quality':>7}  licence"]
    for entry in known:
        quality = f"{entry['quality']:.1f}" if entry["quality"] else "-"
        sizes = f"{_billions(entry['parameters']):>10} {_billions(entry['active']):>8}"
        lines.append(f"{entry['name']:<32} {sizes} {quality:>7}  {entry['licence']}")
    return "\n".join(lines)


def _billions(count: float | None) -> str:
    return f"{count / 1e9:,.1f}B" if count else "-"
