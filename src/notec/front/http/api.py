"""notec's own JSON: each verb of the product at `/notec/v1/VERB`, described by `/notec/v1/openapi.json`.

One table says what each verb takes; checking a request and describing it both read that table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from notec.front.http.openai import body_of, gateway_of
from notec.front.http.relay import Refused, Whole
from notec.version import __version__

if TYPE_CHECKING:
    from notec.app import Workspace

PREFIX = "/notec/v1"
Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 20_000}
NOTE: Schema = {"type": "string", "minLength": 1, "maxLength": 1_000, "description": "path, name or alias"}


def _limit(default: int) -> Schema:
    return {"type": "integer", "minimum": 1, "maximum": 200, "default": default}


@dataclass(frozen=True)
class Verb:
    """One verb.

    Args:
        takes: name -> JSON schema of a value; `required` names those that must be given.
        run: gives plain data.
        slow: a model may be asked.
    """

    name: str
    summary: str
    run: Callable[[Workspace, Mapping[str, Any]], Any]
    takes: Mapping[str, Schema] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    slow: bool = False


def _search(ws: Workspace, given: Mapping[str, Any]) -> Any:
    return {"hits": [hit.to_json() for hit in ws.search(given["query"], limit=given["limit"])]}


def _ask(ws: Workspace, given: Mapping[str, Any]) -> Any:
    return ws.ask(given["question"], mode=given["mode"], limit=given["limit"]).to_json()


def _brief(ws: Workspace, given: Mapping[str, Any]) -> Any:
    return ws.brief(given["note"]).to_json()


def _read(ws: Workspace, given: Mapping[str, Any]) -> Any:
    path = ws.find_note(given["note"])
    return {"note": path, "text": ws.text(path)}


def _links(ws: Workspace, given: Mapping[str, Any]) -> Any:
    return ws.links(given["note"]).to_json()


def _check(ws: Workspace, given: Mapping[str, Any]) -> Any:
    path = ws.find_note(given["note"]) if "note" in given else ""
    found = [item for item in ws.check() if path in ("", item.note)]
    return {"count": len(found), "findings": [item.to_json() for item in found[: given["limit"]]]}


def _plan(ws: Workspace, given: Mapping[str, Any]) -> Any:
    from notec.app.planning import plan

    return plan(None, given["model"], context=given["context"]).to_json()


VERBS = (
    Verb("search", "passages that fit a query", _search, {"query": TEXT, "limit": _limit(10)}, ("query",)),
    Verb(
        "ask",
        "what the vault says to a question, each claim with its place",
        _ask,
        {"question": TEXT, "mode": {"enum": ["select", "compose"], "default": "select"}, "limit": _limit(5)},
        ("question",),
        slow=True,
    ),
    Verb("brief", "problem, consequences and solution of a note", _brief, {"note": NOTE}, ("note",), True),
    Verb("read", "the text of a note", _read, {"note": NOTE}, ("note",)),
    Verb("links", "what a note links to, and what links to it", _links, {"note": NOTE}, ("note",)),
    Verb("check", "what is wrong, at note and line", _check, {"note": NOTE, "limit": _limit(100)}),
    Verb(
        "plan",
        "whether this machine can run a model, and how fast",
        _plan,
        {
            "model": {"type": "string", "minLength": 1, "maxLength": 200},
            "context": {"type": "integer", "minimum": 512, "maximum": 1 << 24, "default": 32_768},
        },
        ("model",),
    ),
    Verb("status", "what is indexed", lambda ws, given: ws.status()),
)


def routes() -> list[Route]:
    verbs = [Route(f"{PREFIX}/{verb.name}", _endpoint(verb), methods=["POST"]) for verb in VERBS]
    return [*verbs, Route(f"{PREFIX}/openapi.json", described)]


def _endpoint(verb: Verb) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Any:
        given = checked(verb, await body_of(request))
        made = gateway_of(request).vault(lambda ws: verb.run(ws, given), slow=verb.slow)
        return Whole(made, dialect="openai")

    return endpoint


def checked(verb: Verb, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a request with defaults; unknown names are left out.

    Raises:
        Refused: a value is missing or none of what it may be.
    """
    out: dict[str, Any] = {}
    for name, schema in verb.takes.items():
        if name not in given:
            if name in verb.required:
                raise Refused(400, f"`{name}` is missing", name)
            if "default" in schema:
                out[name] = schema["default"]
            continue
        value = given[name]
        if reason := _wrong(value, schema):
            raise Refused(400, f"`{name}` {reason}", name)
        out[name] = value
    return out


def _wrong(value: Any, schema: Schema) -> str:
    """Why a value does not fit its schema; empty where it does."""
    if "enum" in schema:
        return "" if value in schema["enum"] else "is one of: " + ", ".join(schema["enum"])
    if schema["type"] == "integer":
        low, high = schema["minimum"], schema["maximum"]
        fine = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return "" if fine else f"is a whole number from {low} to {high}"
    if not isinstance(value, str):
        return "is a text"
    if not schema["minLength"] <= len(value) <= schema["maxLength"]:
        return f"has from {schema['minLength']} to {schema['maxLength']} characters"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "is no text: half a surrogate pair"
    return ""


async def described(request: Request) -> Response:
    return JSONResponse(openapi())


def openapi() -> dict[str, Any]:
    """The description of this API, OpenAPI 3.1."""
    error = {
        "description": "what is wrong, and the way out",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    said = {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]}
    return {
        "openapi": "3.1.0",
        "info": {"title": "notec", "version": __version__, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": {f"{PREFIX}/{verb.name}": {"post": _operation(verb, error)} for verb in VERBS},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Error": {"type": "object", "properties": {"error": said}, "required": ["error"]},
            },
        },
    }


def _operation(verb: Verb, error: Mapping[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": dict(verb.takes), "required": list(verb.required)}
    fine = {"description": "plain data", "content": {"application/json": {"schema": {"type": "object"}}}}
    statuses = ("400", "401", "403", "408", "409", "413", "415", "429")
    return {
        "operationId": verb.name,
        "summary": verb.summary,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"200": fine, **dict.fromkeys(statuses, error)},
    }
