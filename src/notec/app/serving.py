"""What a server needs of the product: who the engine is, the vault behind it for several threads, its token.

Front ends speak HTTP and MCP; here is everything that they must not decide themselves.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from notec.app.config import Config
from notec.app.workspace import Workspace
from notec.core import NotecError

if TYPE_CHECKING:
    from notec.engine.embedded import EmbeddedServer

T = TypeVar("T")
TOKEN = "serve-token"  # noqa: S105  (a file name) in the home; read by its owner alone
NO_ENGINE = (
    "start one with `notec launch MODEL`, and set [model] url in notec.toml to the address that it shows"
)


@dataclass(frozen=True)
class Engine:
    """The model server behind the gateway.

    Args:
        url: base of its OpenAI-compatible interface, without a slash at the end.
        name: the model to ask for; empty takes the first that the server lists.
        embedded: it runs in this process.
    """

    url: str
    name: str = ""
    api_key: str = field(default="", repr=False)
    embedded: bool = False

    @property
    def root(self) -> str:
        return self.url.removesuffix("/v1")


class Vaults:
    """The workspace of one vault, opened once in each of a few threads; a verb runs in one of them.

    What a model writes takes minutes, so it has threads of its own: a search never waits for it.

    Args:
        threads: how many verbs of either kind run at once.
    """

    def __init__(self, first: Workspace, engine: Engine | None = None, threads: int = 2) -> None:
        self.vault, self.home, self.config = first.vault, first.home, first.config
        if engine and engine.embedded:  # loaded once, asked by everybody
            asked = replace(self.config.model, url=engine.url, name=engine.name)
            self.config = replace(self.config, model=asked)
        self._own = threading.local()
        self._opened: list[Workspace] = []
        self._quick = ThreadPoolExecutor(threads, "notec-vault")
        self._slow = ThreadPoolExecutor(threads, "notec-writer")

    async def run(self, verb: Callable[[Workspace], T], *, slow: bool = False) -> T:
        """`verb` with a workspace, in a thread; cancelled, it stops the model that speaks for it.

        Args:
            slow: a model may be asked.
        """
        left = threading.Event()
        pool = self._slow if slow else self._quick
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, self._do, verb, left)
        finally:
            left.set()

    def _do(self, verb: Callable[[Workspace], T], left: threading.Event) -> T:
        workspace: Workspace | None = getattr(self._own, "workspace", None)
        if workspace is None:
            workspace = self._own.workspace = Workspace(self.vault, self.home, self.config)
            self._opened.append(workspace)
        workspace.cancel = left.is_set
        return verb(workspace)

    def close(self) -> None:
        """Wait for the verbs that run, then let go of the index."""
        for pool in (self._quick, self._slow):
            pool.shutdown(cancel_futures=True)
        for workspace in self._opened:
            workspace.close()
        self._opened.clear()


def serve_token(home: Path, *, renew: bool = False) -> str:
    """The token of this vault's server: 256 random bits, made once, in a file that only its owner reads."""
    path = home / TOKEN
    if not renew:
        try:
            found = path.read_text("ascii").strip()
            if len(found) >= 32:
                return found
        except (OSError, UnicodeDecodeError):
            pass
    token = secrets.token_urlsafe(32)
    try:
        home.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f"{TOKEN}.{os.getpid()}.tmp")
        with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(token + "\n")
        os.replace(scratch, path)
    except OSError as error:
        raise NotecError(f"{path}: cannot be written: {error.strerror}", "check its folder") from None
    return token


@contextmanager
def engine_of(config: Config) -> Iterator[Engine | None]:
    """The configured engine while the block lasts: a server's address, or a file that is loaded here.

    Raises:
        NotecError: the address is not the user's own, or the file is no model.
    """
    wanted = config.model
    if wanted.url:
        from notec.app.wiring import api_key
        from notec.engine.endpoint import Endpoint

        Endpoint(wanted.url, allowed_hosts=wanted.allowed_hosts)  # says so where it leads away
        yield Engine(wanted.url.rstrip("/"), wanted.name, api_key(config))
    elif wanted.path:
        with _loaded(config) as server:
            yield Engine(server.endpoint.url.rstrip("/"), server.endpoint.model, embedded=True)
    else:
        yield None


def _loaded(config: Config) -> EmbeddedServer:
    from notec.app.wiring import placed
    from notec.engine.adapters import Order
    from notec.engine.embedded import EmbeddedServer

    path = placed(config, config.model.path)
    order = Order(path, context=config.model.context, parallel=1, name=config.model.name or Path(path).stem)
    return EmbeddedServer(order)
