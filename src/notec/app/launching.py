"""Fetching and serving models as plain calls: what the verbs `get` and `launch` do."""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from notec.app.config import Config, load_config
from notec.app.planning import CACHE_TYPES, keep_machine, known_machine, models_folder, planned
from notec.app.wiring import open_model
from notec.core import Diagnostic, NotecError
from notec.engine.adapters import Lora, Order, Recipe, adapter
from notec.engine.catalogue import entry_in
from notec.engine.describe import describe
from notec.engine.endpoint import Endpoint
from notec.engine.get import Offer, Progress, RemoteFile, fetch, offer
from notec.engine.launch import Running, default_engine, launch
from notec.engine.local import local_models
from notec.engine.plan import Wishes, speeds
from notec.engine.plan import plan as best_plan
from notec.engine.prefix import PrefixStore, Warmed
from notec.engine.probe import Probed, probe, true_to
from notec.engine.reasons import why_not
from notec.engine.supervise import State
from notec.engine.values import Plan
from notec.engine.variants import variants

__all__ = [
    "Choices",
    "Offer",
    "Probed",
    "Progress",
    "RemoteFile",
    "Running",
    "Serving",
    "checked",
    "command_of",
    "configuration",
    "fetch",
    "look_closer",
    "look_up",
    "prefix_store",
    "prefix_text",
    "prepare",
    "refit",
    "serve",
    "warm_up",
]

_LLAMA = ("embedded", "llama.cpp", "ik_llama.cpp")
_TELLING = 100_000_000  # bytes of weights; a smaller model measures the server around it
_LEAST_CONTEXT = 4096
_PATIENCE = 60.0  # seconds for each request of a probe
_PROBED_AT = 1024  # tokens of the prompt that a probe reads


@dataclass(frozen=True)
class Choices:
    """What the user chose for one launch; what is None or empty is planned.

    Args:
        loras: `NAME=PATH` each.
        disk: weights for which there is no room may stay on the disk.
        extra: arguments handed to the engine as they are.
    """

    engine: str = ""
    context: int | None = None
    parallel: int = 1
    kv_type: str = ""
    gpu_layers: int | None = None
    cpu_experts: int | None = None
    threads: int = 0
    port: int = 0
    loras: tuple[str, ...] = ()
    draft: str = ""
    lookup: bool = False
    binary: str = ""
    offload: str = ""
    embedding: bool = False
    extra: tuple[str, ...] = ()
    disk: bool = False


@dataclass(frozen=True)
class Serving:
    """What will be started: the order, its engine, and the plan behind it where one could be made."""

    order: Order
    engine: str
    plan: Plan | None = None
    diagnostics: tuple[Diagnostic, ...] = field(default=())


def configuration(vault: str | None) -> Config:
    """The configuration where a vault is, or of the current folder and the user; no vault is opened."""
    return load_config(Path(vault or os.environ.get("NOTEC_VAULT") or ".").expanduser())


def look_up(
    config: Config, repository: str, wanted: Sequence[str], *, folder: str = "", revision: str = ""
) -> Offer:
    """What a hub has of a model; asks the hub, and fetches nothing.

    Raises:
        NotecError: see `notec.engine.get.offer`; or the hub's address is no https.
    """
    hub = (os.environ.get("NOTEC_HUB") or config.engine.hub).rstrip("/")
    if not hub.startswith(("https://", "http://127.0.0.1:", "http://[::1]:", "http://localhost:")):
        raise NotecError(f"{hub}: a hub is asked over https alone", "set engine.hub to an https address")
    place = Path(folder).expanduser() if folder else _own_folder(config)
    return offer(repository, wanted, folder=place, endpoint=hub, revision=revision)


def prepare(config: Config, model: str, choices: Choices) -> Serving:
    """Plan a launch.

    Args:
        model: a file, a folder, or the name of a model on this disk; for Ollama a name of its store.

    Raises:
        NotecError: there is no such model or engine, or a choice makes no sense.
    """
    settings = config.engine
    if choices.kv_type and choices.kv_type not in CACHE_TYPES:
        raise NotecError(f"no such cache type: {choices.kv_type}", "one of: " + ", ".join(CACHE_TYPES))
    engine = choices.engine or settings.name
    if engine:
        adapter(engine)  # an unknown name is said before anything is read
    shared: dict[str, Any] = {
        "parallel": choices.parallel,
        "loras": tuple(_lora(text) for text in choices.loras),
        "draft": _path(choices.draft or settings.draft),
        "lookup": choices.lookup or settings.lookup,
        "embedding": choices.embedding,
        "binary": _path(choices.binary or settings.binary),
        "offload": _path(choices.offload),
        "extra": choices.extra,
    }
    if engine == "ollama":
        order = Order(model, context=choices.context or 0, kv_type=choices.kv_type or "f16", **shared)
        return Serving(order, engine)
    path = find_model(config, model)
    described = describe(path)
    wishes = Wishes(
        context=choices.context or Wishes.context,
        kv_type=choices.kv_type,
        disk=choices.disk or bool(choices.offload),
    )
    plan = planned(known_machine(), ([described.model], described.diagnostics), wishes)
    name = path.stem if path.is_file() else path.name
    order = Order.of(plan, **shared, model=str(path), name=name)
    if choices.context is None and order.context > plan.model.max_context > 0:
        order = replace(order, context=plan.model.max_context)
    chosen: dict[str, Any] = {
        "threads": choices.threads or None,
        "gpu_layers": choices.gpu_layers,
        "cpu_expert_layers": choices.cpu_experts,
    }
    order = replace(order, **{key: value for key, value in chosen.items() if value is not None})
    engine = engine or default_engine(order)
    if engine in _LLAMA and not order.embedding:
        order = replace(order, slots=str(_states_folder()))
    diagnostics = tuple(d for d in plan.diagnostics if d.code != "slow")
    return Serving(order, engine, plan, diagnostics)


def command_of(serving: Serving, port: int = 8080) -> Recipe:
    """The command line that would be started, its environment, and what there is to say against it."""
    return adapter(serving.engine)(serving.order, port or 8080)


def serve(
    serving: Serving, *, port: int = 0, on_state: Callable[[State, str], None] | None = None
) -> Running:
    """Start it, and wait until the model is loaded.

    Raises:
        NotecError: there is no room for it by the plan (says the next smaller one); or see `engine.launch`.
    """
    if serving.plan and not serving.plan.fits:
        raise _too_large(serving.plan)
    logs = _data_folder() / "logs"
    return launch(serving.order, serving.engine, logs=logs, port=port, on_state=on_state)


def _too_large(item: Plan) -> NotecError:
    """RAM is a hard limit: what is mapped beyond it is read from the disk for every token."""
    what = f"{item.model.name}, {item.model.quant}: {why_not(item, item.machine)}"
    context = item.context // 2
    while context >= _LEAST_CONTEXT:
        if best_plan(item.machine, item.model, Wishes(context=context)).fits:
            return NotecError(what, f"next smaller: a context of {context:,} tokens (--context {context})")
        context //= 2
    if entry := entry_in(item.model.name):
        other = best_plan(item.machine, variants(entry["name"]))
        if other.fits:
            hint = f"next smaller: {entry['name']} in {other.model.quant}, {other.model.weights / 1e9:.0f} GB"
            return NotecError(what, f"{hint} (`notec get` fetches it); or --disk, which is very slow")
    return NotecError(
        what, "take a smaller model (`notec plan` lists what fits), or --disk, which is very slow"
    )


def refit(serving: Serving, probed: Probed) -> dict[str, float]:
    """Let the speeds that were measured correct later plans for this machine.

    Half of the difference is taken each time, so that one odd launch cannot spoil what is known.

    Returns:
        Measured over planned at the same depth of context, for `prefill` and `decode`; empty where the launch
        says nothing of the plan (speculation, another engine or placement than planned, no figures).
    """
    plan, order = serving.plan, serving.order
    if not plan or plan.model.weights < _TELLING or not probed.decode or not probed.prefill:
        return {}
    if not _as_planned(plan, order, serving.engine):
        return {}
    told = speeds(
        plan.machine,
        plan.model,
        plan.placement,
        engine="llama.cpp",
        context=_PROBED_AT,
        kv_type=order.kv_type,
        ubatch=order.ubatch,
    )
    ratios = {"prefill": probed.prefill / told[0].mid, "decode": probed.decode / told[1].mid}
    efficiency = dict(plan.machine.efficiency)
    for kind, ratio in ratios.items():
        efficiency[kind] = efficiency.get(kind, 1.0) * math.sqrt(min(max(ratio, 0.1), 10.0))
    keep_machine(replace(plan.machine, efficiency=efficiency))
    return ratios


def _as_planned(plan: Plan, order: Order, engine: str) -> bool:
    """Whether a launch runs what was planned, so that its speed tells how good the plan was."""
    if engine not in _LLAMA or (engine == "embedded" and plan.machine.gpus):  # which leaves the cards alone
        return False
    planned_order = Order.of(plan, model=order.model)
    keys = (
        "threads",
        "ubatch",
        "gpu_layers",
        "cpu_expert_layers",
        "draft",
        "lookup",
        "loras",
        "extra",
        "disk",
    )
    return all(getattr(order, key) == getattr(planned_order, key) for key in keys) and not order.disk


def prefix_store(config: Config) -> PrefixStore:
    """Saved states of long beginnings."""
    return PrefixStore(_states_folder(), round(config.engine.states_gb * 1024**3))


def prefix_text(serving: Serving, name: str) -> str:
    """The text of a file that conversations will begin with.

    Raises:
        NotecError: it cannot be read, or the engine cannot save states.
    """
    if serving.engine not in _LLAMA or serving.order.embedding:
        raise NotecError(
            f"{serving.engine} cannot save the state of a prompt", "leave --prefix out, or use llama.cpp"
        )
    path = Path(name).expanduser()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8"
        raise NotecError(f"{path}: {why}", "name a text file") from None
    if not text.strip():
        raise NotecError(f"{path}: is empty", "name a text that conversations begin with")
    return text


def warm_up(config: Config, running: Running, text: str) -> Warmed:
    """Let the engine know a text that conversations have as their system message: from the disk where it was
    saved before, else it is read once and saved."""
    messages = [{"role": "system", "content": text}, {"role": "user", "content": ""}]
    return prefix_store(config).warm(running.endpoint, messages)


def checked(endpoint: Endpoint) -> tuple[Endpoint, Probed]:
    """The endpoint as it really is."""
    found = probe(endpoint)
    return true_to(endpoint, found), found


def look_closer(config: Config) -> Probed:
    """What the configured model server really does: context, JSON schema, prefix reuse, speed.

    Raises:
        NotecError: it cannot be reached, or answers no plain question.
    """
    from notec.models import HttpModel

    model = open_model(config)
    if not isinstance(model, HttpModel):
        raise NotecError("no model server is configured", "set model.url in notec.toml")
    server = model.endpoint  # which has looked whether the host is the user's own
    hosts = (server.address.host,)
    endpoint = Endpoint(server.base, model=model.model, api_key=server.api_key, allowed_hosts=hosts)
    return probe(endpoint, timeout=_PATIENCE)


def find_model(config: Config, name: str) -> Path:
    """The file or folder that a path or a name stands for.

    Raises:
        NotecError: there is none; says the nearest.
    """
    path = Path(name).expanduser()
    try:
        if path.exists():
            return path
    except OSError:  # in a folder that may not be looked into, or a name too long for one
        if os.sep in name:
            raise NotecError(f"{name}: may not be read", "check its path and its permissions") from None
    found = {}
    for item in local_models(_own_folder(config)):
        found[item.name.removesuffix(".gguf")] = item.path
        if name.casefold() in (item.name.casefold(), item.path.stem.casefold(), item.path.name.casefold()):
            return item.path
    near = difflib.get_close_matches(name, found, n=3, cutoff=0.4)
    hint = f"nearest: {', '.join(near)}" if near else "`notec models` lists what is here, `notec get` fetches"
    raise NotecError(f"{name}: no such file, and no model on this disk is called so", hint)


def _own_folder(config: Config) -> Path:
    return Path(config.engine.models).expanduser() if config.engine.models else models_folder()


def _data_folder() -> Path:
    return models_folder().parent


def _states_folder() -> Path:
    return _data_folder() / "states"


def _path(text: str) -> str:
    return str(Path(text).expanduser()) if text.startswith("~") else text


def _lora(text: str) -> Lora:
    name, sign, path = text.partition("=")
    if not sign or not name or not path:
        raise NotecError(f"--lora {text}: not understood", "write it as --lora NAME=PATH")
    return Lora(name, _path(path))
