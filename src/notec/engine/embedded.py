"""llama.cpp through xllamacpp: a server inside this process, or (`python -m notec.engine.embedded`) a child.

Both listen on 127.0.0.1 with llama.cpp's own HTTP server and take the same `Order` as an external
`llama-server`. In process there is no start of a second program, but a crash of the engine is a crash of
the caller: small models, embeddings, reranking and tests.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any

from notec.core import NotecError
from notec.engine.adapters.base import Order
from notec.engine.adapters.llama_server import CAPABILITIES
from notec.engine.endpoint import Capabilities, Endpoint
from notec.engine.fingerprint import fingerprint


def build_id() -> str:
    """The engine and its version, as fingerprints and keys name it."""
    import xllamacpp

    return f"xllamacpp-{xllamacpp.__version__}"


def parameters(order: Order, port: int = 0, verbosity: int = 3) -> Any:
    """llama.cpp's parameters for an order; port 0 lets the system choose one.

    Args:
        verbosity: 1 says errors only, 3 how it goes; the log is standard error.

    Raises:
        NotecError: xllamacpp is not installed, a file is missing, or a KV type is unknown.
    """
    try:
        import xllamacpp
    except ImportError:
        raise NotecError("the embedded engine is not installed", "pip install 'notec[llama]'") from None
    for path in (order.model, order.draft, *(lora.path for lora in order.loras)):
        if path and not Path(path).is_file():
            raise NotecError(f"{path}: no such file", "name a GGUF file")
    p = xllamacpp.CommonParams()
    p.model.path = order.model
    p.model_alias = [order.served]
    p.hostnames = ["127.0.0.1"]
    p.port = port
    p.n_parallel = order.parallel
    p.n_ctx = order.context * order.parallel
    p.n_batch, p.n_ubatch = order.batch, order.ubatch
    p.n_gpu_layers = order.gpu_layers
    if order.threads:
        p.cpuparams.n_threads = p.cpuparams_batch.n_threads = order.threads
    p.cache_type_k = p.cache_type_v = _kv_type(xllamacpp, order.kv_type)
    p.no_kv_offload = not order.kv_on_gpu
    for i, share in enumerate(order.tensor_split):
        p.tensor_split[i] = share
    p.embedding = order.embedding
    p.fit_params = False  # the plan has decided
    p.offline = True
    p.ui = p.endpoint_slots = False
    p.cors_origins = "localhost"
    p.verbosity = verbosity
    if order.slots:
        p.slot_save_path = str(Path(order.slots)) + "/"
    if order.overrides:
        p.tensor_buft_overrides = ",".join(f"{pattern}={buffer}" for pattern, buffer in order.overrides)
    _add_loras(xllamacpp, p, order)
    _add_speculation(xllamacpp, p, order)
    return p


def _kv_type(xllamacpp: Any, name: str) -> Any:
    kinds = {kind.name.removeprefix("GGML_TYPE_").lower(): kind for kind in xllamacpp.ggml_type}
    if name.lower() not in kinds:
        raise NotecError(
            f"no such type of KV cache: {name}", "one of: f16, bf16, q8_0, q5_1, q5_0, q4_1, q4_0"
        )
    return kinds[name.lower()]


def _add_loras(xllamacpp: Any, p: Any, order: Order) -> None:
    adapters = []
    for lora in order.loras:
        info = xllamacpp.CommonAdapterLoraInfo()
        info.path, info.scale = lora.path, 0.0  # off until a request asks for it
        adapters.append(info)
    p.lora_adapters = adapters


def _add_speculation(xllamacpp: Any, p: Any, order: Order) -> None:
    kinds = xllamacpp.common_speculative_type
    types = []
    if order.draft:
        p.speculative.draft.mparams.path = order.draft
        types.append(kinds.COMMON_SPECULATIVE_TYPE_DRAFT_SIMPLE)
    if order.lookup:
        types.append(kinds.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE)
    if types:
        p.speculative.types = types


class EmbeddedServer:
    """llama.cpp's server in this process, on its own threads, until it is closed."""

    def __init__(self, order: Order, port: int = 0, verbosity: int = 1) -> None:
        """Load the model and listen.

        Raises:
            NotecError: the file is no model that llama.cpp can load, or does not fit into memory.
        """
        wanted = parameters(order, port, verbosity)
        import xllamacpp

        try:
            self._server: Any = xllamacpp.Server(wanted)
        except (RuntimeError, ValueError, MemoryError) as error:
            raise NotecError(
                f"{order.model}: llama.cpp cannot load it ({error})",
                "see whether the file is whole and its architecture is known, or take a smaller context",
            ) from None
        self.endpoint = Endpoint(
            f"{self._server.listening_address}/v1",
            engine="embedded",
            model=order.served,
            fingerprint=fingerprint(order, "embedded"),
            capabilities=Capabilities() if order.embedding else CAPABILITIES,
            loras=tuple(lora.name for lora in order.loras),
        )

    def close(self) -> None:
        """Stop listening and give the memory back."""
        self._server = None

    def __enter__(self) -> EmbeddedServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def main(argv: list[str]) -> int:
    """Serve until a signal says to stop: `ORDER_AS_JSON PORT`; with `--dry`, see `notec.engine.dryrun`."""
    if argv[2:] == ["--dry"]:
        return _dry(Order.from_json(json.loads(argv[0])))
    stopping = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stopping)  # before the engine makes its threads
    try:
        with EmbeddedServer(Order.from_json(json.loads(argv[0])), int(argv[1]), verbosity=3):
            signal.sigwait(stopping)
    except NotecError as error:
        print(f"notec: error: {error}", file=sys.stderr, flush=True)  # noqa: T201  (the child's log)
        return 2
    return 0


def _dry(order: Order) -> int:
    """Log what would be allocated; whoever asked ends this process before the weights are loaded."""
    wanted = parameters(order, verbosity=5)
    import xllamacpp

    wanted.fit_params, wanted.warmup, wanted.use_jinja = True, False, False
    wanted.cache_ram_mib = 0
    xllamacpp.Server(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
