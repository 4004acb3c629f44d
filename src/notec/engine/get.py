"""Fetching a model: the only part of notec that leaves the machine, and only when the user has said yes.

`offer` asks a hub what a repository holds and fetches nothing of it; `fetch` gets the files of an offer
through huggingface_hub, which goes on where a broken download stopped, and believes a file only after its
checksum.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from notec.core import NotecError

HUB = "https://huggingface.co"
_SHARD = re.compile(r"-\d{5}-of-\d{5}$")
_NEEDED = (
    "*.safetensors", "*.safetensors.index.json", "*config.json", "tokenizer*", "vocab*", "merges.txt",
    "special_tokens_map.json", "*.jinja", "*.model", "*.py", "LICENSE*", "USE_POLICY*", "NOTICE*",
)  # fmt: skip
_SPARE = 1 << 30  # bytes of the disk that are left free
_BLOCK = 4 << 20

Progress = Callable[[str, int, int], None]
"""Told the file, the bytes of it that are here, and its size."""


@dataclass(frozen=True)
class RemoteFile:
    """One file of a repository.

    Args:
        sha256: of large files; `blob` is git's own hash, of the others.
    """

    name: str
    size: int
    sha256: str = ""
    blob: str = ""


@dataclass(frozen=True)
class Offer:
    """What would be fetched, from where, to where: everything to say yes or no to.

    Args:
        host: that will be spoken to; it may send on to its own file servers.
        commit: the exact version.
        gated: the owner wants an agreement on his site first.
        missing: bytes that are not here yet.
    """

    host: str
    endpoint: str
    repository: str
    commit: str
    licence: str
    gated: bool
    files: tuple[RemoteFile, ...]
    folder: Path
    missing: int

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    def to_json(self) -> dict[str, Any]:
        return {
            "host": self.host,
            "repository": self.repository,
            "commit": self.commit,
            "licence": self.licence,
            "gated": self.gated,
            "files": [{"name": file.name, "size": file.size} for file in self.files],
            "size": self.size,
            "missing": self.missing,
            "folder": str(self.folder),
        }


def offer(
    repository: str, wanted: Sequence[str] = (), *, folder: Path, endpoint: str = HUB, revision: str = ""
) -> Offer:
    """Ask a hub what there is; fetches nothing.

    Args:
        repository: `owner/name`.
        wanted: names, patterns or parts of names, such as `Q4_K_M`; empty takes the weights where there is
            no choice between several.
        folder: of all models; the repository gets a folder of its own in it.
        endpoint: address of the hub or of a mirror.

    Raises:
        NotecError: the hub cannot be reached, has no such repository, or several quantisations and none was
            chosen; there is no room for them.
    """
    repository = repository.removeprefix(f"{endpoint}/").strip("/")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise NotecError(f"{repository!r} is not a repository", "write it as owner/name")
    host = urlsplit(endpoint).netloc or endpoint
    with _explained(host, repository):
        info = (
            _hub()
            .HfApi(endpoint=endpoint, token=_token(endpoint))
            .model_info(repository, revision=revision or None, files_metadata=True, token=_token(endpoint))
        )
    there = [
        RemoteFile(
            row.rfilename,
            int(row.size or 0),
            getattr(row.lfs, "sha256", "") or "",
            getattr(row, "blob_id", "") or "",
        )
        for row in info.siblings or []
    ]
    files = _chosen(repository, [file for file in there if _safe(file.name)], wanted)
    place = folder / Path(*repository.split("/"))
    card = info.card_data.to_dict() if info.card_data else {}
    licence = str(card.get("license_name") or card.get("license") or _tagged(info.tags or []) or "not stated")
    found = Offer(
        host,
        endpoint,
        repository,
        str(info.sha or revision or "main"),
        licence,
        bool(info.gated),
        tuple(files),
        place,
        sum(file.size - _here(place, file) for file in files),
    )
    _check_room(found)
    return found


def fetch(found: Offer, progress: Progress | None = None) -> tuple[Path, ...]:
    """Get the files of an offer that the user agreed to; goes on where an earlier attempt stopped.

    Raises:
        NotecError: the connection broke (the same command goes on from there), a checksum is wrong (the file
            is gone then), or the disk is full.
    """
    tell = progress or (lambda name, here, size: None)
    for file in found.files:
        path = found.folder / file.name
        if not _is_right(path, file):
            for _ in range(2):
                part = _download(found, file, tell)
                if _is_right(part, file):
                    part.replace(path)
                    break
                part.unlink()
            else:
                raise NotecError(
                    f"{file.name}: its checksum is wrong, twice; nothing of it was kept",
                    f"{found.host} sends something else than it says: try later, or another mirror",
                )
        tell(file.name, file.size, file.size)
    return tuple(found.folder / file.name for file in found.files)


def _download(found: Offer, file: RemoteFile, tell: Progress) -> Path:
    """The whole file, or what came of it, beside its place; the next call goes on from there."""
    _hub()
    from huggingface_hub import file_download as hub

    path = found.folder / file.name
    part = path.with_name(f".{path.name}.{(file.sha256 or file.blob)[:12]}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    token = _token(found.endpoint)
    headers = hub.build_hf_headers(token=token)
    url = hub.hf_hub_url(found.repository, file.name, revision=found.commit, endpoint=found.endpoint)
    with _explained(found.host, found.repository), part.open("ab") as target:
        here = target.tell()
        if here >= file.size:
            target.truncate(here := 0)
        if file.size:
            where = hub.get_hf_file_metadata(url, token=token, endpoint=found.endpoint).location
            if urlsplit(where).netloc != found.host:
                headers.pop("authorization", None)  # the file server knows no users
            bar = _bar(file, tell)
            hub.http_get(
                where, target, resume_size=here, headers=headers, expected_size=file.size, tqdm_class=bar
            )
    return part


def _chosen(repository: str, files: list[RemoteFile], wanted: Sequence[str]) -> list[RemoteFile]:
    """The files to fetch: those wanted, or the weights where there is but one kind of them."""
    groups: dict[str, list[RemoteFile]] = {}
    for file in files:
        if file.name.lower().endswith(".gguf"):
            groups.setdefault(_SHARD.sub("", file.name[: -len(".gguf")]), []).append(file)
    listed = "\n".join(
        f"    {name}  {sum(f.size for f in g) / 1e9:.1f} GB" for name, g in sorted(groups.items())
    )
    if wanted:
        out = [file for file in files if any(_matches(file.name, want) for want in wanted)]
        if not out:
            raise NotecError(
                f"{repository} has no file like {' or '.join(wanted)}",
                f"it has:\n{listed or ', '.join(file.name for file in files[:20])}",
            )
        return out
    models = {name: g for name, g in groups.items() if not PurePosixPath(name).name.startswith("mmproj")}
    if len(models) > 1:
        raise NotecError(f"{repository} has {len(models)} quantisations", f"name one of them:\n{listed}")
    if models:
        return next(iter(models.values()))
    out = [file for file in files if any(fnmatch(file.name, pattern) for pattern in _NEEDED)]
    if not any(file.name.endswith(".safetensors") for file in out):
        raise NotecError(f"{repository} has neither GGUF nor safetensors", "name the files that you want")
    return out


def _matches(name: str, want: str) -> bool:
    return name == want or fnmatch(name, want) or want.lower() in name.lower()


def _safe(name: str) -> bool:
    """Whether a name from outside stays inside its folder."""
    parts = PurePosixPath(name).parts
    return (
        bool(parts)
        and not name.startswith("/")
        and "\\" not in name
        and ":" not in name
        and ".." not in parts
    )


def _tagged(tags: Sequence[str]) -> str:
    return next((tag.removeprefix("license:") for tag in tags if tag.startswith("license:")), "")


def _here(folder: Path, file: RemoteFile) -> int:
    path = folder / file.name
    return file.size if path.is_file() and path.stat().st_size == file.size else 0


def _check_room(found: Offer) -> None:
    place = next(p for p in (found.folder, *found.folder.parents) if p.exists())
    free = shutil.disk_usage(place).free
    if found.missing and free < found.missing + _SPARE:
        raise NotecError(
            f"{found.repository}: {found.missing / 1e9:.1f} GB to fetch, {free / 1e9:.1f} GB free at {place}",
            "make room, or name another disk with --folder PATH",
        )


def _is_right(path: Path, file: RemoteFile) -> bool:
    """Whether a file is the one that the hub described."""
    if not path.is_file() or (file.size and path.stat().st_size != file.size):
        return False
    if file.sha256:
        return _hash(path, hashlib.sha256()) == file.sha256
    if file.blob:
        start = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
        return _hash(path, start) == file.blob
    return True


def _hash(path: Path, state: Any) -> str:
    with path.open("rb") as source:
        while block := source.read(_BLOCK):
            state.update(block)
    return str(state.hexdigest())


def _token(endpoint: str) -> bool | None:
    """The user's own key goes to the hub that gave it, not to a mirror."""
    return None if endpoint.rstrip("/") == HUB else False


def _hub() -> Any:
    # Read once by the library, when it is imported: no telemetry, no second download protocol, no bars.
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = os.environ["HF_HUB_DISABLE_XET"] = "1"
    try:
        import huggingface_hub
    except ImportError:
        raise NotecError("fetching models is not installed", "pip install 'notec[get]'") from None
    huggingface_hub.logging.set_verbosity_error()  # what went wrong is told once, by us
    return huggingface_hub


def _bar(file: RemoteFile, tell: Progress) -> Any:
    from tqdm.std import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        """Tells the progress instead of drawing it."""

        def __init__(self, *args: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*args, **{**options, "file": io.StringIO(), "disable": False})

        def update(self, n: float | None = 1) -> Any:
            super().update(n)
            tell(file.name, int(self.n), file.size)

    return Bar


@contextmanager
def _explained(host: str, repository: str) -> Iterator[None]:
    """What went wrong between here and the hub, in words that say the way out."""
    _hub()
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError:
        raise NotecError(
            f"{repository}: its owner wants an agreement first",
            f"agree at {host}/{repository}, then set HF_TOKEN to a key of your account there",
        ) from None
    except errors.RevisionNotFoundError:
        raise NotecError(f"{host}: {repository} has no such revision", "leave --revision out") from None
    except errors.RepositoryNotFoundError:
        raise NotecError(
            f"{host} has no repository {repository}", "see `notec plan` for known models"
        ) from None
    except errors.OfflineModeIsEnabled:
        raise NotecError(
            "HF_HUB_OFFLINE is set, so nothing is fetched", "unset it for this command"
        ) from None
    except OSError as error:  # the library's errors of HTTP and of broken downloads are such, too
        raise NotecError(
            f"{host}: {_one_line(error)}", "the same command goes on where this one stopped"
        ) from None
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("httpx", "httpx2", "httpcore", "httpcore2"):
            raise
        raise NotecError(
            f"{host} cannot be reached: {_one_line(error)}", "the same command goes on where this one stopped"
        ) from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
