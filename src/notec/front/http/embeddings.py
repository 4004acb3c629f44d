"""Vectors and reranking: OpenAI's dialect, Ollama's, and LM Studio's address that Smart Connections asks.

The configured embedder gives them, the same that indexes the vault; where none is configured, the engine is
asked. Vectors are as long as the model makes them.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from notec.front.http.gateway import EMBED, OWN, Gateway
from notec.front.http.openai import body_of, gateway_of, priority_of
from notec.front.http.relay import Refused, Whole

if TYPE_CHECKING:
    from notec.models.embed import Floats

MOST = 4096  # texts in one request


def routes() -> list[Route]:
    return [
        Route("/v1/embeddings", embeddings, methods=["POST"]),
        Route("/api/v0/models", lm_studio_models),
        Route("/api/v0/embeddings", embeddings, methods=["POST"]),
        Route("/api/embed", embed, methods=["POST"]),
        Route("/api/embeddings", embed_one, methods=["POST"]),
        Route("/v1/rerank", rerank, methods=["POST"]),
        Route("/rerank", rerank, methods=["POST"]),
    ]


async def lm_studio_models(request: Request) -> Any:
    """The list of models as LM Studio writes it: the embedders are known by their `type`."""
    names = await gateway_of(request).names()
    rows = [{"id": n, "object": "model", "type": _kind(n), "state": "loaded"} for n in names]
    return JSONResponse({"object": "list", "data": rows})


def _kind(name: str) -> str:
    return "embeddings" if name == EMBED else "llm"


async def embeddings(request: Request) -> Any:
    body = await body_of(request)
    given = _inputs(body.get("input"))
    gateway = gateway_of(request)
    wanted = body.get("encoding_format", "float")
    if wanted not in ("float", "base64"):
        raise Refused(400, f"encoding_format is float or base64, not {str(wanted)[:40]!r}", "encoding_format")
    name = await _embedding_model(gateway, body.get("model"))

    async def made() -> Any:
        rows, tokens = await _vectors(gateway, name, given, priority_of(request))
        data = [
            {"object": "embedding", "index": n, "embedding": _packed(row) if wanted == "base64" else row}
            for n, row in enumerate(rows)
        ]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return {"object": "list", "data": data, "model": body.get("model") or name, "usage": usage}

    return Whole(made(), dialect="openai")


async def embed(request: Request) -> Any:
    body = await body_of(request)
    name = await _embedding_model(gateway_of(request), body.get("model"))
    given = _inputs(body["input"]) if body.get("input") not in (None, "", []) else []
    return Whole(_ollama(request, body, name, given), dialect="ollama")


async def _ollama(request: Request, body: dict[str, Any], name: str, given: list[Any]) -> dict[str, Any]:
    started = time.perf_counter()
    rows, tokens = (
        await _vectors(gateway_of(request), name, given, priority_of(request)) if given else ([], 0)
    )
    took = int((time.perf_counter() - started) * 1e9)
    return {
        "model": body.get("model"),
        "embeddings": rows,
        "total_duration": took,
        "load_duration": 0,
        "prompt_eval_count": tokens,
    }


async def embed_one(request: Request) -> Any:
    """Ollama's older form: one prompt, one vector."""
    body = await body_of(request)
    gateway = gateway_of(request)
    name = await _embedding_model(gateway, body.get("model"))
    prompt = body.get("prompt")

    async def made() -> Any:
        if not isinstance(prompt, str) or not prompt:
            return {"embedding": []}
        rows, _ = await _vectors(gateway, name, [prompt], priority_of(request))
        return {"embedding": rows[0]}

    return Whole(made(), dialect="ollama")


def _inputs(given: Any) -> list[Any]:
    """A list of texts, or of lists of token ids.

    Raises:
        Refused: it is neither a text, a list of texts, token ids, nor a list of them.
    """
    if isinstance(given, str):
        given = [given]
    if isinstance(given, list) and given and all(_is_token(t) for t in given):
        given = [given]
    fine = isinstance(given, list) and given
    if not fine or not all(
        isinstance(i, str) or (isinstance(i, list) and i and all(_is_token(t) for t in i)) for i in given
    ):
        raise Refused(400, "`input` is a text, a list of texts, or token ids, and not empty", "input")
    if len(given) > MOST:
        raise Refused(413, f"at most {MOST} inputs in one request", "input")
    return list(given)


def _is_token(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


async def _embedding_model(gateway: Gateway, wanted: Any) -> str:
    """`EMBED` for the configured embedder, else the name of a model of the engine."""
    if gateway.embeds(EMBED if wanted in (None, "", OWN) else wanted):
        return EMBED
    if not wanted and gateway.engine:
        names = await gateway.engine_names()
        wanted = names[0] if names else wanted
    if wanted in (EMBED, f"{EMBED}:latest"):
        raise Refused(409, "no embedder is configured; set `embedder` in notec.toml", "no_embedder")
    target = await gateway.target(wanted)
    if target.kind != "engine":
        raise Refused(400, f"{target.name} answers chats, and makes no vectors", "wrong_endpoint")
    return target.engine


async def _vectors(
    gateway: Gateway, name: str, given: Sequence[Any], priority: int
) -> tuple[list[list[float]], int]:
    """The vectors of the inputs in their order, and the tokens that were read, as far as they are known."""
    if name == EMBED:
        if not all(isinstance(item, str) for item in given):
            raise Refused(400, "the embedder of the vault takes texts, no token ids", "input")
        from notec.app.answering import embed as embedded

        vectors = await gateway.vault(lambda ws: embedded(ws, list(given)))
        return _rows(vectors), sum(len(text) for text in given) // 4
    body: dict[str, Any] = {"model": name, "input": list(given), "encoding_format": "float"}
    async with gateway.line.place(priority):
        found = await gateway.relay.whole("POST", "embeddings", body)
    try:
        ordered = sorted(found["data"], key=lambda row: row.get("index", 0))
        rows = [[float(x) for x in row["embedding"]] for row in ordered]
        tokens = int((found.get("usage") or {}).get("prompt_tokens") or 0)
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Refused(502, "the model server does not answer as one of embeddings", "engine") from None
    if len(rows) != len(given):
        raise Refused(502, f"{len(rows)} vectors came for {len(given)} inputs", "engine")
    return rows, tokens


def _rows(vectors: Floats) -> list[list[float]]:
    rows: list[list[float]] = vectors.tolist()
    return rows


def _packed(row: Sequence[float]) -> str:
    """Little-endian float32 in base64, as OpenAI sends it."""
    import numpy as np

    return base64.b64encode(np.asarray(row, "<f4").tobytes()).decode()


async def rerank(request: Request) -> Any:
    """Documents by how well they fit a query: `results` best first, as Cohere and Jina write it."""
    body = await body_of(request)
    gateway = gateway_of(request)
    query, documents = body.get("query"), body.get("documents")
    if not isinstance(query, str) or not query.strip():
        raise Refused(400, "`query` must be a text", "query")
    given = documents if isinstance(documents, list) else []
    texts = [text for d in given if isinstance(text := d.get("text") if isinstance(d, dict) else d, str)]
    if not texts or len(texts) < len(given):
        raise Refused(400, "`documents` must be a list of texts", "documents")
    if len(texts) > MOST:
        raise Refused(413, f"at most {MOST} documents in one request", "documents")
    from notec.app.answering import fit

    top = body.get("top_n") or body.get("top_k")
    limit = top if isinstance(top, int) and top > 0 else len(texts)

    async def made() -> Any:
        scores = await gateway.vault(lambda ws: fit(ws, query, texts))
        order = sorted(range(len(texts)), key=lambda n: (-scores[n], n))[:limit]
        results: list[dict[str, Any]] = [{"index": n, "relevance_score": scores[n]} for n in order]
        if body.get("return_documents"):
            results = [{**row, "document": {"text": texts[row["index"]]}} for row in results]
        return {"object": "list", "model": body.get("model") or "notec", "results": results}

    return Whole(made(), dialect="openai")
