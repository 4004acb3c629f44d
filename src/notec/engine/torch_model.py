"""A model of Transformers, spread over GPU, RAM and disk, that writes token by token.

Accelerate puts each layer where there is room and moves it to where it computes; `with_zero` lets DeepSpeed's
ZeRO-Inference do that instead. The cache of the last prompt is kept, so that a question with the same
beginning computes only its end.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from notec.engine.adapters.base import Order

_CHUNK = 1024  # tokens of a prompt computed at once


class RefusedError(Exception):
    """The request asks for what this server does not do."""


@dataclass
class Step:
    """One token of a reply."""

    token: int
    text: str
    logprob: float
    top: list[tuple[int, float]] = field(default_factory=list)


class TorchModel:
    """A model of Transformers, with the cache of what it last read."""

    def __init__(self, order: Order, zero: bool = False) -> None:
        """Load the weights to where the order says; the rest goes to RAM, then to the offload folder."""
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        if order.threads:
            torch.set_num_threads(order.threads)
        self.order = order
        self.tokenizer: Any = AutoTokenizer.from_pretrained(order.model, local_files_only=True)
        options: dict[str, Any] = {"dtype": "auto", "local_files_only": True}
        if zero:
            self.model = _with_zero(order, AutoModelForCausalLM, options)
        else:
            options |= {"device_map": "auto", "max_memory": max_memory(order, torch.cuda.device_count())}
            if order.offload:
                options |= {"offload_folder": order.offload, "offload_state_dict": False}
            self.model = AutoModelForCausalLM.from_pretrained(order.model, **options)
        self.model.eval()
        limit = getattr(self.model.config, "max_position_embeddings", 0) or 0
        self.context: int = min(order.context, limit) if order.context and limit else order.context or limit
        self._read: list[int] = []
        self._cache: Any = None
        known = inspect.signature(self.model.forward).parameters
        self._cache_name = "cache" if "cache" in known else "past_key_values"  # its older name

    def placement(self) -> dict[str, int]:
        """How many bytes of the weights lie on which device."""
        places: dict[str, int] = {}
        for name, device in (getattr(self.model, "hf_device_map", None) or {"": "cpu"}).items():
            module = self.model.get_submodule(name) if name else self.model
            # DeepSpeed keeps a weight elsewhere and knows its size
            size = sum(getattr(p, "ds_numel", p.numel()) * p.element_size() for p in module.parameters())
            places[str(device)] = places.get(str(device), 0) + size
        return places

    def prompt(self, body: dict[str, Any]) -> list[int]:
        """The tokens of a request."""
        if "messages" not in body:
            return list(self.tokenizer(str(body.get("prompt", "")))["input_ids"])
        if not self.tokenizer.chat_template:
            raise RefusedError("this model has no chat template: use /v1/completions")
        text = self.tokenizer.apply_chat_template(
            body["messages"],
            tokenize=False,
            add_generation_prompt=body.get("add_generation_prompt", True),
            continue_final_message=body.get("continue_final_message", False),
            **body.get("chat_template_kwargs", {}),
        )
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def read(self, tokens: list[int]) -> tuple[Any, int]:
        """The logits after `tokens`, and how many of them were known from the last prompt."""
        import torch
        from transformers import DynamicCache

        known = _common(self._read, tokens[:-1])
        if self._cache is not None and known < len(self._read):
            try:
                self._cache.crop(known - len(self._read))  # negative: so many less
            except (AttributeError, NotImplementedError, ValueError):  # a cache that only grows
                known = 0
        if self._cache is None or not known:
            self._cache, known = DynamicCache(config=self.model.config), 0
        self._read = tokens[:known]
        logits: Any = None
        device = next(self.model.parameters()).device
        device = getattr(self.model, "device", device) if device.type == "meta" else device
        for at in range(known, len(tokens), _CHUNK):
            piece = tokens[at : at + _CHUNK]
            with torch.inference_mode():
                logits = self.model(
                    input_ids=torch.tensor([piece], device=device),
                    use_cache=True,
                    logits_to_keep=1,
                    **{self._cache_name: self._cache},
                ).logits[0, -1]
            self._read += piece
        return logits.float().cpu(), known

    def reply(self, body: dict[str, Any], tokens: list[int], cached: Callable[[int], None]) -> Iterator[Step]:
        """The reply, token by token; ends at the end-of-text token, which is not given."""
        import torch

        limit = int(body.get("max_tokens") or body.get("max_completion_tokens") or 512)
        limit = min(limit, self.context - len(tokens)) if self.context else limit
        temperature = float(body.get("temperature") or 0.0)
        generator = torch.Generator().manual_seed(int(body.get("seed") or 0))
        allowed = [self.tokenizer(text, add_special_tokens=False)["input_ids"] for text in choices_of(body)]
        ends = _ends(self.model, self.tokenizer)
        count = int(body.get("top_logprobs") or 0)
        written: list[int] = []
        logits, known = self.read(tokens)
        cached(known)
        shown = ""
        for _ in range(max(limit, 0)):
            if allowed:
                options = {ids[len(written)] for ids in allowed if len(ids) > len(written)}
                if len(written) in map(len, allowed):  # one is whole already, another goes on
                    options |= ends
                mask = torch.full_like(logits, float("-inf"))
                mask[list(options)] = 0.0
                logits = logits + mask
                count = min(count, len(options))
            chances = torch.log_softmax(logits, -1)
            if temperature > 0:
                weights = torch.softmax(logits / temperature, -1)
                token = int(torch.multinomial(weights, 1, generator=generator))
            else:
                token = int(logits.argmax())
            if token in ends and (allowed or not body.get("ignore_eos")):
                return
            written.append(token)
            text = self.tokenizer.decode(written, skip_special_tokens=True)
            new = "" if text.endswith("\ufffd") else text[len(shown) :]
            shown += new
            values, ids = chances.topk(count) if count else (chances[:0], chances[:0])
            top = list(zip((int(i) for i in ids), (float(v) for v in values), strict=True))
            yield Step(token, new, float(chances[token]), top)
            allowed = [ids for ids in allowed if ids[: len(written)] == written]
            if allowed and all(len(ids) == len(written) for ids in allowed):
                return
            logits, _ = self.read(tokens + written)


def max_memory(order: Order, gpus: int) -> dict[int | str, int]:
    """Accelerate's limits: bytes of weights for each GPU and for RAM."""
    limits: dict[int | str, int] = {}
    for i in range(gpus):
        limits[i] = order.gpu_bytes // gpus if order.gpu_bytes else 1 << 50
    limits["cpu"] = order.ram_bytes or 1 << 50
    return limits


def _with_zero(order: Order, auto: Any, options: dict[str, Any]) -> Any:
    import deepspeed
    import torch
    from transformers import AutoConfig
    from transformers.integrations import HfDeepSpeedConfig

    where = {"device": "nvme", "nvme_path": order.offload} if order.offload else {"device": "cpu"}
    dtype = getattr(AutoConfig.from_pretrained(order.model, local_files_only=True), "dtype", None)
    config = {
        "bf16": {"enabled": dtype is torch.bfloat16},
        "fp16": {"enabled": dtype is torch.float16},
        "zero_optimization": {"stage": 3, "offload_param": {**where, "pin_memory": True}},
        "train_micro_batch_size_per_gpu": 1,
    }
    kept = HfDeepSpeedConfig(config)  # must live while the weights are loaded
    engine = deepspeed.initialize(model=auto.from_pretrained(order.model, **options), config_params=config)[0]
    del kept
    return engine.module


def choices_of(body: dict[str, Any]) -> list[str]:
    """The texts that a reply is restricted to; empty for none.

    Raises:
        RefusedError: another restriction is asked for.
    """
    if choice := (body.get("structured_outputs") or {}).get("choice"):
        return [str(item) for item in choice]
    wanted = body.get("response_format") or {}
    if wanted.get("type") in (None, "text"):
        return []
    schema = (wanted.get("json_schema") or {}).get("schema") or {}
    if "enum" in schema:
        return [json.dumps(item, ensure_ascii=False) for item in schema["enum"]]
    raise RefusedError("response_format: this server enforces enumerations alone, no other JSON schema")


def _common(a: Sequence[int], b: Sequence[int]) -> int:
    """The length of the common beginning."""
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))


def _ends(model: Any, tokenizer: Any) -> set[int]:
    found = getattr(model.generation_config, "eos_token_id", None)
    ends = set(found if isinstance(found, list) else [found]) | {tokenizer.eos_token_id}
    return {end for end in ends if end is not None}
