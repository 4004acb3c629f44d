"""The configuration, read once into a frozen dataclass.

It comes from `notec.toml` in the vault, else from `notec.toml` in the user's config folder; what the
vault's file says wins key by key. Without either everything has a default, and no model is contacted.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from notec.core import NotecError

FILE_NAME = "notec.toml"


@dataclass(frozen=True)
class ModelConfig:
    """`[model]`: the model that notec may ask. Without `url` and `path` none is used.

    Args:
        url: base URL of an OpenAI-compatible server, such as `http://127.0.0.1:8080/v1`.
        path: a .gguf file that runs in this process, where no `url` is given.
        context: tokens of a prompt and its reply together, for `path`; memory grows with it.
        name: model name sent to it; empty asks for the server's first model.
        api_key_env: name of the environment variable that holds the key, where one is wanted.
        allowed_hosts: hosts beyond loopback that are the user's own.
        stall_seconds: longest silence after the first token.
    """

    url: str = ""
    path: str = ""
    context: int = 8192
    name: str = ""
    api_key_env: str = ""
    allowed_hosts: tuple[str, ...] = ()
    stall_seconds: float = 120.0


@dataclass(frozen=True)
class SearchConfig:
    """`[search]`: how the vault is searched.

    Args:
        graph: `auto` (where it is likely to help), `on` or `off`.
        front_matter: whether descriptions and other text properties can be found.
        qdrant: URL of a Qdrant server that holds the vectors instead of the home folder.
        reranker: URL or path of a reranking model.
    """

    graph: str = "auto"
    front_matter: bool = True
    qdrant: str = ""
    reranker: str = ""


@dataclass(frozen=True)
class VaultConfig:
    """`[vault]`: what is read.

    Args:
        ignore: further patterns, in the syntax of `.gitignore`.
        max_bytes: longest note that is read.
        saved_folder: notec's own folder of the vault, for `--save`; never a source of answers.
        dialect: `auto`, `obsidian` or `dendron` (which side of `[[a|b]]` is the target).
    """

    ignore: tuple[str, ...] = ()
    max_bytes: int = 256 * 1024 * 1024
    saved_folder: str = "notec"
    dialect: str = "auto"


@dataclass(frozen=True)
class EngineConfig:
    """`[engine]`: what `notec launch` starts, and where `notec get` asks.

    Args:
        name: engine; empty lets the plan choose.
        binary: its program, where it is not on the PATH.
        models: folder for models; empty for one in the user's data folder.
        hub: address that models are fetched from; `NOTEC_HUB` stands in for it.
        draft: file of a draft model that guesses ahead.
        lookup: guess ahead from the prompt itself; for replies that quote their sources.
        states_gb: size of all saved states of long beginnings.
    """

    name: str = ""
    binary: str = ""
    models: str = ""
    hub: str = "https://huggingface.co"
    draft: str = ""
    lookup: bool = False
    states_gb: float = 20.0


@dataclass(frozen=True)
class CheckConfig:
    """`[check]`: what `notec check` speaks of.

    Args:
        select: codes of rules; empty for all.
        ignore: codes of rules that are left out.
        levels: `code`, `Folder/code` or `Folder/*` -> `off`, `info`, `warning` or `error`; the nearest folder
            decides.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    levels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Config:
    """Everything the user can set.

    Args:
        embedder: path of an embedding model on the disk, or URL of a server; empty for none.
        sources: the files that were read.
    """

    embedder: str = ""
    vault: VaultConfig = field(default_factory=VaultConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    engine: EngineConfig = field(default_factory=EngineConfig)
    check: CheckConfig = field(default_factory=CheckConfig)
    sources: tuple[str, ...] = ()


_SECTIONS: Mapping[str, type] = {
    "vault": VaultConfig,
    "search": SearchConfig,
    "model": ModelConfig,
    "engine": EngineConfig,
    "check": CheckConfig,
}
_CHOICES = {
    ("search", "graph"): ("auto", "on", "off"),
    ("vault", "dialect"): ("auto", "obsidian", "dendron"),
}


def load_config(vault: Path) -> Config:
    """Read the configuration for a vault.

    Raises:
        NotecError: a file is not TOML, or a key or a value is unknown; names the file and the key.
    """
    merged: dict[str, Any] = {}
    sources = []
    for path in (user_config_folder() / FILE_NAME, vault / FILE_NAME):
        if not path.is_file():
            continue
        sources.append(str(path))
        for key, value in _read(path).items():
            if isinstance(value, dict):
                merged.setdefault(key, {}).update(value)
            else:
                merged[key] = value
    sections = {name: _SECTIONS[name](**merged.pop(name, {})) for name in _SECTIONS}
    return Config(**merged, **sections, sources=tuple(sources))


def user_config_folder() -> Path:
    """Where the user's own `notec.toml` lies; `NOTEC_CONFIG` stands in for it."""
    if named := os.environ.get("NOTEC_CONFIG"):
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_config_dir("notec", appauthor=False))


def default_home(vault: Path) -> Path:
    """A folder of the user's data folder for this vault: its name and a digest of its place."""
    import platformdirs

    from notec.core import short_id

    place = str(vault.resolve())
    return (
        Path(platformdirs.user_data_dir("notec", appauthor=False))
        / f"{vault.resolve().name}-{short_id(place, 8)}"
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NotecError(f"{path}: not a TOML file: {error}", "mend it or move it away") from None
    except OSError as error:
        raise NotecError(f"{path}: cannot be read: {error.strerror}", "check its permissions") from None
    top = {f.name: f.type for f in fields(Config) if f.name not in _SECTIONS and f.name != "sources"}
    out: dict[str, Any] = {}
    for key, value in data.items():
        if key in _SECTIONS:
            if not isinstance(value, dict):
                raise NotecError(f"{path}: `{key}` must be a table", f"write [{key}] on a line of its own")
            known = {f.name: str(f.type) for f in fields(_SECTIONS[key])}
            out[key] = {k: _checked(path, (key, k), v, known) for k, v in value.items()}
        else:
            known = {**{k: str(v) for k, v in top.items()}, **dict.fromkeys(_SECTIONS, "table")}
            out[key] = _checked(path, ("", key), value, known)
    return out


def _checked(path: Path, key: tuple[str, str], value: Any, known: Mapping[str, str]) -> Any:
    """The value in its declared type."""
    section, name = key
    shown = f"{section}.{name}" if section else name
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "known keys: " + ", ".join(sorted(known))
        raise NotecError(f"{path}: unknown key `{shown}`", hint)
    kind = known[name]
    right = {
        "str": isinstance(value, str),
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, int | float) and not isinstance(value, bool),
        "tuple[str, ...]": isinstance(value, list) and all(isinstance(v, str) for v in value),
        "Mapping[str, str]": isinstance(value, dict) and all(isinstance(v, str) for v in value.values()),
    }[kind]
    if not right:
        named = {"str": "text", "tuple[str, ...]": "a list of texts", "bool": "true or false"}
        wanted = {**named, "Mapping[str, str]": "a table of texts"}.get(kind, "a number")
        raise NotecError(f"{path}: `{shown}` must be {wanted}", f"it is {value!r} now")
    if kind in ("int", "float") and not 0 <= value < float("inf"):
        raise NotecError(f"{path}: `{shown}` must be a number from 0 on", f"it is {value!r} now")
    if (choices := _CHOICES.get(key)) and value not in choices:
        raise NotecError(f"{path}: `{shown}` cannot be {value!r}", "one of: " + ", ".join(choices))
    if kind == "tuple[str, ...]":
        return tuple(value)
    return float(value) if kind == "float" else value
