"""The state of a long shared beginning, kept on the disk: instructions, a vault's digest, a set of notes.

Reading 8,000 tokens takes a CPU minutes; reading their saved keys and values takes a moment. llama.cpp saves
and restores a slot's state; here is when, under which name, and what happens to damaged and old files. A
state fits only the same weights, the same build of the engine and the same tokens: all that is in its name.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from notec.core import NotecError, digest
from notec.engine.endpoint import Endpoint, HttpError
from notec.engine.fingerprint import sampled_digest

_STATE, _ABOUT, _PART = ".kv", ".json", ".part"
_FORMAT = 1  # of the names and of what stands beside a state


@dataclass(frozen=True)
class Warmed:
    """A beginning that the engine now knows.

    Args:
        tokens: of the beginning.
        restored: it came from the disk; otherwise it was computed.
        saved: it lies on the disk now.
        seconds: that it took.
    """

    tokens: int
    restored: bool
    saved: bool
    seconds: float


class PrefixStore:
    """Saved states in one folder, which is the engine's `--slot-save-path`.

    Args:
        folder: for the states; the engine reads and writes them itself, so it has to be on this machine.
        limit: bytes of all states; those that were not used for longest go first.
    """

    def __init__(self, folder: Path, limit: int = 20 * 1024**3) -> None:
        self.folder = folder
        self.limit = limit
        folder.mkdir(parents=True, exist_ok=True)

    def warm(
        self,
        endpoint: Endpoint,
        messages: Sequence[Mapping[str, str]],
        *,
        slot: int = 0,
        timeout: float | None = None,
    ) -> Warmed:
        """Make the engine know how these messages begin, from the disk where that can be.

        Args:
            messages: of a conversation that later ones begin with; the last may go on.
            slot: of the engine, which holds one conversation.

        Raises:
            NotecError: the engine cannot save states, or nothing tells its weights and build apart.
        """
        if not endpoint.capabilities.slots:
            raise NotecError(
                f"{endpoint.engine or endpoint.url} cannot save the state of a prompt", "use llama.cpp"
            )
        if not endpoint.fingerprint:
            raise NotecError(
                f"{endpoint.url}: it is not known which model this is", "start it with notec launch"
            )
        start = time.monotonic()
        tokens = beginning(endpoint, messages, timeout)
        key = digest(f"{_FORMAT}\n{endpoint.fingerprint}\n{endpoint.model}\n{tokens}")
        if self._restore(endpoint, key, len(tokens), slot, timeout):
            return Warmed(len(tokens), restored=True, saved=True, seconds=time.monotonic() - start)
        body = {"prompt": tokens, "n_predict": 0, "cache_prompt": True, "id_slot": slot}
        endpoint.post("/completion", body, timeout)
        saved = self._save(endpoint, key, slot, timeout)
        return Warmed(len(tokens), restored=False, saved=saved, seconds=time.monotonic() - start)

    def size(self) -> int:
        """Bytes of all states."""
        return sum(size for _, size, _ in self._states())

    def _restore(self, endpoint: Endpoint, key: str, tokens: int, slot: int, timeout: float | None) -> bool:
        path = self.folder / (key + _STATE)
        about = self._about(key)
        if not about or not path.is_file() or about.get("digest") != sampled_digest([path]):
            self._forget(key)
            return False
        try:
            told = endpoint.post(f"/slots/{slot}?action=restore", {"filename": path.name}, timeout)
        except HttpError:
            self._forget(key)
            return False
        if told.get("n_restored") != tokens:
            self._forget(key)
            return False
        with suppress(OSError):
            os.utime(path)
        return True

    def _save(self, endpoint: Endpoint, key: str, slot: int, timeout: float | None) -> bool:
        """Whole or not at all: under another name first. A full disk costs the saving, not the work."""
        part = self.folder / (key + _PART)
        path = self.folder / (key + _STATE)
        try:
            told = endpoint.post(f"/slots/{slot}?action=save", {"filename": part.name}, timeout)
            about = {"digest": sampled_digest([part]), "tokens": told.get("n_saved"), "model": endpoint.model}
            beside = self.folder / (key + _ABOUT)
            beside.with_suffix(".new").write_text(json.dumps(about), encoding="utf-8")
            beside.with_suffix(".new").replace(beside)
            part.replace(path)
        except (NotecError, OSError):
            part.unlink(missing_ok=True)
            return False
        self._trim()
        return path.exists()

    def _trim(self) -> None:
        states = sorted(self._states())
        total = sum(size for _, size, _ in states)
        for _, size, path in states:
            if total <= self.limit:
                return
            self._forget(path.stem)
            total -= size

    def _states(self) -> list[tuple[float, int, Path]]:
        """When used last, size and place of each."""
        found = []
        for path in self.folder.glob("*" + _STATE):
            with suppress(FileNotFoundError):
                stat = path.stat()
                found.append((stat.st_mtime, stat.st_size, path))
        return found

    def _about(self, key: str) -> dict[str, object]:
        try:
            found = json.loads((self.folder / (key + _ABOUT)).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _forget(self, key: str) -> None:
        for ending in (_STATE, _ABOUT):
            (self.folder / (key + ending)).unlink(missing_ok=True)


def beginning(
    endpoint: Endpoint, messages: Sequence[Mapping[str, str]], timeout: float | None = None
) -> list[int]:
    """The tokens that every conversation shares which goes on from these messages.

    Two ways to go on are written with the model's own chat template; what both begin with is shared. The last
    token of it may join with what follows, so it is left out.

    Raises:
        NotecError: the messages are none, or begin with nothing.
    """
    if not messages:
        raise NotecError("no messages to remember", "give at least one")
    *before, last = messages
    written = []
    for end in (" a", "\n\nb"):
        full = [*before, {**last, "content": last["content"] + end}]
        text = endpoint.post("/apply-template", {"messages": full}, timeout)["prompt"]
        asked = {"content": text, "add_special": True, "parse_special": True}
        written.append(endpoint.post("/tokenize", asked, timeout)["tokens"])
    shared = 0
    for one, other in zip(*written, strict=False):
        if one != other:
            break
        shared += 1
    if shared < 2:
        raise NotecError("the messages begin with nothing that could be kept", "write more into them")
    return [int(token) for token in written[0][: shared - 1]]
