"""What stands behind the address: the engine, the vault, and the names by which clients ask for either.

`NAME` is the engine's model as it is. `NAME+vault` answers from the vault with a model's words, each checked;
`NAME+vault:select` with the user's own statements alone; `NAME+brief` writes the brief of a note. `notec` is
a NAME that always exists: whatever the engine serves.
"""

from __future__ import annotations

import asyncio
import difflib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from notec.app import Workspace
from notec.app.serving import NO_ENGINE, Engine, Vaults
from notec.core import NotecError
from notec.front.http.line import Line
from notec.front.http.relay import Refused, Relay

T = TypeVar("T")
Kind = Literal["engine", "compose", "select", "brief"]
OWN = "notec"
EMBED = f"{OWN}+embed"  # the embedder that indexes the vault
SUFFIXES: dict[str, Kind] = {"+vault:select": "select", "+vault": "compose", "+brief": "brief"}
KEEP_ALIVE = 10.0  # seconds; proxies and clients give up after thirty or more
_LISTED = 5.0  # seconds for which the engine's list of models is believed


@dataclass(frozen=True)
class Target:
    """What a model name means.

    Args:
        name: as the client wrote it. engine: the model's name at the engine.
    """

    name: str
    kind: Kind
    engine: str = ""


@dataclass
class Client:
    """Somebody who asked: the program by its own words, and when."""

    name: str
    calls: int = 0
    seen: float = field(default_factory=time.time)


class Gateway:
    """One vault and one engine, for one event loop.

    Args:
        engine: None where none is configured.
        places: requests that the engine works on at once.
        keep_alive: seconds of silence after which a stream gets a comment.
    """

    def __init__(
        self, vaults: Vaults, engine: Engine | None, places: int = 8, keep_alive: float = KEEP_ALIVE
    ) -> None:
        self.vaults = vaults
        self.engine = engine
        self.line = Line(places)
        self.keep_alive = keep_alive
        self.clients: dict[str, Client] = {}
        self.recent: deque[str] = deque(maxlen=100)
        self._relay = Relay(engine) if engine else None
        self._names: tuple[str, ...] = ()
        self._names_at = -_LISTED

    async def close(self) -> None:
        if self._relay:
            await self._relay.close()

    @property
    def relay(self) -> Relay:
        """The way to the engine.

        Raises:
            Refused: there is none.
        """
        if self._relay is None:
            raise Refused(503, f"no model server is configured; {NO_ENGINE}", "no_engine")
        return self._relay

    async def vault(self, verb: Callable[[Workspace], T], *, slow: bool = False) -> T:
        """A verb of the workspace; a `slow` one may ask the model.

        Raises:
            Refused: the user can mend it.
        """
        try:
            return await self.vaults.run(verb, slow=slow)
        except NotecError as error:
            raise Refused(409, str(error), "notec") from None

    async def engine_names(self) -> tuple[str, ...]:
        """The models of the engine; none where it does not answer."""
        if self._relay is None:
            return ()
        if time.monotonic() - self._names_at > _LISTED:
            try:
                rows = (await asyncio.wait_for(self._relay.whole("GET", "models"), 5.0)).get("data")
                named = [r.get("id") for r in rows if isinstance(r, dict)] if isinstance(rows, list) else []
                names = [name for name in named if isinstance(name, str) and name]
            except (Refused, TimeoutError):
                names = []
            first = self._relay.engine.name
            self._names = tuple(sorted(names, key=lambda name: name != first))
            self._names_at = time.monotonic() if names else -_LISTED  # one that is away may be back at once
        return self._names

    async def names(self) -> list[str]:
        """Every name that a client may ask for; the bare ones only where an engine answers."""
        engine = await self.engine_names()
        embed = [EMBED] if self.vaults.config.embedder else []
        if not engine:
            return [f"{OWN}+vault:select", f"{OWN}+brief", *embed]
        bases = [OWN, *engine]
        return [*bases, *(base + suffix for suffix in SUFFIXES for base in bases), *embed]

    def embeds(self, wanted: Any) -> bool:
        """Whether this names the embedder of the vault, and there is one."""
        named = isinstance(wanted, str) and wanted.removesuffix(":latest") == EMBED
        return named and bool(self.vaults.config.embedder)

    async def target(self, wanted: Any) -> Target:
        """What a name means.

        Raises:
            Refused: no such model (did you mean ...), or it needs an engine and none answers.
        """
        if not isinstance(wanted, str) or not wanted:
            raise Refused(400, "name a model: GET /v1/models lists them", "model_missing")
        name = wanted.removesuffix(":latest")
        kind: Kind = "engine"
        base = name
        for suffix, meaning in SUFFIXES.items():
            if name.endswith(suffix):
                kind, base = meaning, name.removesuffix(suffix)
                break
        engine = await self.engine_names()
        if base != OWN and base not in engine:
            if not engine and self._relay is not None and kind in ("engine", "compose"):
                raise Refused(
                    503, f"no model server answers at {self._relay.engine.url}; {NO_ENGINE}", "no_engine"
                )
            near = difflib.get_close_matches(name, await self.names(), n=1, cutoff=0.4)
            hint = f"did you mean {near[0]!r}?" if near else "GET /v1/models lists them"
            raise Refused(404, f"no such model: {wanted[:200]!r}; {hint}", "model_not_found")
        if kind in ("engine", "compose") and not engine:
            if self._relay is None:
                raise Refused(503, f"no model server is configured; {NO_ENGINE}", "no_engine")
            raise Refused(
                503, f"no model server answers at {self._relay.engine.url}; {NO_ENGINE}", "no_engine"
            )
        return Target(wanted, kind, base if base != OWN else (engine[0] if engine else ""))

    def met(self, agent: str) -> None:
        """Remember who asked, for the status page."""
        name = agent.split(" ", maxsplit=1)[0][:60] or "unknown"
        client = self.clients.setdefault(name, Client(name))
        client.calls += 1
        client.seen = time.time()
        if len(self.clients) > 100:
            del self.clients[min(self.clients.values(), key=lambda c: c.seen).name]
