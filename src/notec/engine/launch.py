"""Start what serves a model, and get one `Endpoint` for it.

with launch(Order("model.gguf", context=32768)) as running:
    running.endpoint.post("chat/completions", {...})
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from notec.core import Diagnostic, NotecError
from notec.engine.adapters import Order, Recipe, adapter
from notec.engine.endpoint import Endpoint, HttpError, UnreachableError, free_port, port_taken
from notec.engine.failure import Failure
from notec.engine.fingerprint import fingerprint
from notec.engine.supervise import Policy, State, Supervisor

_PORTS = 3  # how often another free port is tried when somebody takes it first
_LEAST_CONTEXT = 4096


class Running:
    """A model that is being served, until it is closed."""

    def __init__(
        self, endpoint: Endpoint, diagnostics: tuple[Diagnostic, ...], supervisor: Supervisor
    ) -> None:
        self.endpoint = endpoint
        self.diagnostics = diagnostics
        self.supervisor = supervisor

    def close(self) -> None:
        """Stop the engine and wait until it is gone."""
        self.supervisor.stop()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def launch(
    order: Order,
    engine: str = "",
    *,
    logs: Path,
    port: int = 0,
    policy: Policy | None = None,
    on_state: Callable[[State, str], None] | None = None,
) -> Running:
    """Start an engine as a supervised child and wait until the model is loaded.

    Args:
        engine: name of an adapter; empty chooses `llama-server` where it is installed, else the embedded one.
        logs: folder for the engine's output.
        port: on 127.0.0.1; 0 takes a free one.

    Raises:
        NotecError: the port is taken, the engine is missing, refuses the model, or memory ran out; says the
            way out.
    """
    engine = engine or default_engine(order)
    build = adapter(engine)
    for path in (
        order.draft,
        *(lora.path for lora in order.loras),
        "" if engine == "ollama" else order.model,
    ):
        if path and not Path(path).exists():
            raise NotecError(
                f"{path}: no such file",
                "name a file or folder on this machine; `notec models` lists what is here",
            )
    if order.slots:
        Path(order.slots).mkdir(parents=True, exist_ok=True)
    if port and port_taken(port):
        raise NotecError(
            f"port {port} is taken by {who_has(port)}", "choose another with --port, or leave it out"
        )
    left = 1 if port else _PORTS
    while True:
        left -= 1
        chosen = port or free_port()
        recipe = build(order, chosen)
        endpoint = endpoint_of(order, engine, recipe, chosen)
        supervisor = Supervisor(
            engine,
            recipe.argv,
            lambda endpoint=endpoint, recipe=recipe: answers(endpoint, recipe.health),  # type: ignore[misc]
            logs / f"{engine}.log",
            environment=recipe.environment,
            policy=policy,
            smaller=lambda failure: smaller(order, failure),
            on_state=on_state,
        )
        try:
            supervisor.start()
            break
        except NotecError:
            failure = supervisor.failure
            if not left or not failure or failure.kind != "port":
                raise
    if recipe.prepare:
        try:
            endpoint.post(*recipe.prepare)
        except BaseException:
            supervisor.stop()
            raise
    return Running(endpoint, recipe.diagnostics(engine), supervisor)


def endpoint_of(order: Order, engine: str, recipe: Recipe, port: int) -> Endpoint:
    """The endpoint that a recipe will serve."""
    local = Path(order.model).exists()
    return Endpoint(
        f"http://127.0.0.1:{port}{recipe.base}",
        engine=engine,
        model=recipe.model,
        fingerprint=fingerprint(order, engine) if local else f"{engine}:{order.model}",
        capabilities=recipe.capabilities,
        loras=tuple(lora.name for lora in order.loras),
    )


def default_engine(order: Order) -> str:
    """The engine for a model when nobody chose one."""
    if Path(order.model).is_dir():
        return "transformers"
    return "llama.cpp" if order.binary or shutil.which("llama-server") else "embedded"


def answers(endpoint: Endpoint, path: str, timeout: float = 5.0) -> bool:
    """Whether the server is there and has loaded its model."""
    try:
        endpoint.get(path, timeout=timeout)
    except HttpError as error:
        return error.status == 200  # an empty or plain answer
    except UnreachableError:
        return False
    return True


def who_has(port: int) -> str:
    """What a program at a port looks like."""
    endpoint = Endpoint(f"http://127.0.0.1:{port}/v1")
    with suppress(NotecError, TypeError, KeyError, IndexError, AttributeError):
        rows = endpoint.get("models", timeout=2.0)["data"]
        names = ", ".join(str(row["id"]) for row in rows[:3])
        return f'a model server with {names} (use it with model.url = "{endpoint.url}")'
    return "another program"


def smaller(order: Order, failure: Failure) -> str:
    """The next smaller plan in words, as options of `notec launch`; empty when nothing is left to give up."""
    if failure.kind == "gpu-memory" and order.experts and order.cpu_expert_layers < order.layers:
        more = min(order.layers, order.cpu_expert_layers + max(1, order.layers // 10))
        return (
            f"the experts of {more} blocks in RAM instead of {order.cpu_expert_layers} (--cpu-experts {more})"
        )
    if order.parallel > 1:
        half = order.parallel // 2
        return f"{half} sequences at once instead of {order.parallel} (--parallel {half})"
    if order.kv_type in ("f16", "bf16", "f32") and order.context > _LEAST_CONTEXT:
        return "a KV cache of 8 bits, half as large (--kv-type q8_0)"
    if order.context > _LEAST_CONTEXT:
        half = max(_LEAST_CONTEXT, order.context // 2)
        return f"a context of {half:,} tokens instead of {order.context:,} (--context {half})"
    if failure.kind == "gpu-memory" and order.gpu_layers and order.layers:
        on_gpu = order.gpu_layers if order.gpu_layers > 0 else order.layers + 1
        fewer = max(0, on_gpu - max(1, order.layers // 10))
        return f"{fewer} blocks on the GPU instead of {on_gpu} (--gpu-layers {fewer})"
    return ""
