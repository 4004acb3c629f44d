"""llama.cpp's own argument parser, as it lies inside xllamacpp: `python llama_parser.py ARGUMENTS...`.

The library exports `common_params_parse`, though not to Python; the C++ object behind `CommonParams` begins
after the Python object's header. Prints as JSON what was understood, or null when this build keeps its parser
elsewhere; ends with an error when an argument is refused.
"""

import ctypes
import json
import sys
from typing import Any

import xllamacpp
from xllamacpp import xllamacpp as library

SYMBOL = "_Z19common_params_parseiPPcR13common_params13llama_examplePFviS0_E"
HEADER = 16


def parsed(example: int, argv: list[str]) -> Any:
    """The parameters after parsing for one of llama.cpp's programs, or None when it refuses them."""
    parse = getattr(ctypes.CDLL(library.__file__), SYMBOL)
    parse.restype = ctypes.c_bool
    parse.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]
    params = xllamacpp.CommonParams()
    words = [b"llama-server", *(word.encode() for word in argv)]
    array = (ctypes.c_char_p * (len(words) + 1))(*words, None)
    accepted = parse(len(words), ctypes.addressof(array), id(params) + HEADER, example, None)
    return params if accepted else None


def server_program() -> int | None:
    """The number of `llama-server` among llama.cpp's programs: the one that knows slots and ports."""
    try:
        for example in range(40):
            params = parsed(example, ["--port", "4711", "--slot-save-path", ".", "--ctx-size", "1234"])
            if params and params.port == 4711 and params.n_ctx == 1234:
                return example
    except AttributeError:
        pass
    return None


def main(argv: list[str]) -> int:
    example = server_program()
    if example is None:
        print(json.dumps(None))
        return 0
    params = parsed(example, argv)
    if params is None:
        return 1
    speculation = params.speculative
    print(
        json.dumps(
            {
                "model": params.model.path,
                "host": params.hostnames,
                "port": params.port,
                "context": params.n_ctx,
                "parallel": params.n_parallel,
                "batch": [params.n_batch, params.n_ubatch],
                "gpu_layers": params.n_gpu_layers,
                "kv": [params.cache_type_k.name, params.cache_type_v.name],
                "kv_on_gpu": not params.no_kv_offload,
                "threads": params.cpuparams.n_threads,
                "loras": [[lora.path, lora.scale] for lora in params.lora_adapters],
                "slots": params.slot_save_path,
                "show_slots": params.endpoint_slots,
                "offline": params.offline,
                "cors": params.cors_origins,
                "fit": params.fit_params,
                "ui": params.ui,
                "draft": speculation.draft.mparams.path,
                "speculation": [k.name for k in speculation.types if not k.name.endswith("_NONE")],
                "embedding": params.embedding,
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
