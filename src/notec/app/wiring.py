"""From configuration to the parts that the verbs use."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notec.core import NotecError

if TYPE_CHECKING:
    from notec.app.config import Config
    from notec.index import DenseLeg, Filters, Reranker, Settings
    from notec.models import Model


def open_model(config: Config) -> Model | None:
    """The configured model, or None: without a configured one nothing is contacted or loaded.

    Raises:
        NotecError: the address is not the user's own, the named key is not set, or the file is no model.
    """
    wanted = config.model
    if not wanted.url and not wanted.path:
        return None
    if not wanted.url:
        from notec.models import LlamaModel

        return LlamaModel(placed(config, wanted.path), context=wanted.context)
    from notec.models import HttpModel, Patience

    return HttpModel(
        wanted.url,
        wanted.name,
        api_key=api_key(config),
        allowed_hosts=wanted.allowed_hosts,
        patience=Patience(stall=wanted.stall_seconds),
    )


def api_key(config: Config) -> str:
    """The key of the model's server, or nothing where none is wanted.

    Raises:
        NotecError: the configuration names a variable that is not set.
    """
    name = config.model.api_key_env
    if name and not os.environ.get(name):
        raise NotecError(
            f"the environment variable {name} is not set",
            "the configuration names it as `model.api_key_env`; set it or remove that line",
        )
    return os.environ.get(name, "") if name else ""


def open_dense(config: Config, home: Path) -> DenseLeg | None:
    """Vectors for the index in `home`, or None where no embedder is configured. Nothing is loaded yet.

    Raises:
        NotecError: the address of the Qdrant server is not the user's own.
    """
    if not config.embedder:
        return None
    from functools import cache

    from notec.index.dense import Dense, open_place
    from notec.models.embed import open_embedder
    from notec.models.transport import Address

    hosts, url = config.model.allowed_hosts, config.search.qdrant
    if url:
        Address.of(url, hosts)
    key = os.environ.get(config.model.api_key_env, "") if config.model.api_key_env else ""

    def opener(spec: str) -> Any:
        own = bool(config.model.url) and spec.startswith(config.model.url.rstrip("/"))  # nobody else's key
        return open_embedder(spec, allowed_hosts=hosts, api_key=key if own else "")

    @cache
    def client(place: str) -> Any:
        from notec.index.qdrant import open_client

        return open_client(place, allowed_hosts=hosts)

    return Dense(home, placed(config, config.embedder), opener, partial(open_place, client=client), url)


def open_reranker(config: Config) -> Reranker | None:
    """The configured reranking server, or None.

    Raises:
        NotecError: the address is none, or not the user's own.
    """
    if not config.search.reranker:
        return None
    from notec.models.rerank import HttpReranker

    return HttpReranker(config.search.reranker, allowed_hosts=config.model.allowed_hosts)


def placed(config: Config, spec: str) -> str:
    """A path as it is meant by the file that names it; a URL as it stands."""
    if "://" in spec or not config.sources:
        return spec
    return str(Path(config.sources[-1]).parent / Path(spec).expanduser())


def index_settings(config: Config) -> Settings:
    """What the index has to know of the configuration."""
    from notec.index import Settings

    return Settings(
        ignore=config.vault.ignore,
        max_bytes=config.vault.max_bytes,
        saved_folder=config.vault.saved_folder,
        dialect=config.vault.dialect,
        front_matter=config.search.front_matter,
        graph=config.search.graph,
    )


def read_filters(**given: str) -> Filters:
    """Filters from the words of the command line.

    Raises:
        NotecError: a date is none, or a role is unknown.
    """
    from datetime import date

    from notec.index import Filters

    for name in ("since", "until"):
        value = given.get(name)
        if value:
            try:
                date.fromisoformat(value)
            except ValueError:
                raise NotecError(f"{name}: {value!r} is no date", "write it as 2025-01-31") from None
    if folder := given.get("folder"):
        given["folder"] = folder.replace("\\", "/").strip("/")
    if tag := given.get("tag"):
        given["tag"] = tag.lstrip("#")
    return Filters(**given)
