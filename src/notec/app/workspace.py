"""The product as a library: one vault, a dozen verbs, plain data."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from notec.app.config import Config, default_home, load_config
from notec.app.links import NoteLinks
from notec.core import Diagnostic, NotecError

if TYPE_CHECKING:
    from notec.app.checking import Checking
    from notec.app.compiling import Build, Wishes
    from notec.app.deep import Deep, DeepForecast
    from notec.app.mending import Mending
    from notec.ask import Answer, Brief, Chat, Research
    from notec.index import Hit, Index, IndexReport, ProgressSink, StatementRow
    from notec.models import Model
    from notec.store import Store
    from notec.vault import Note

STORE = "store.sqlite"  # in the home: memo, replies, jobs
GRAPH: dict[str, bool | Literal["auto"]] = {"auto": "auto", "on": True, "off": False}
_PLACE = re.compile(r"(?P<note>.+?):(?P<line>\d+)")


class Workspace:
    """A vault with its index.

    Open it with `Workspace.open`; it is a context manager. Nothing is read or written before a verb
    asks for it.
    """

    def __init__(self, vault: Path, home: Path, config: Config) -> None:
        self.vault = vault
        self.home = home
        self.config = config
        self._index: Index | None = None
        self._model: Model | None = None
        self._store: Store | None = None
        self._checking: Checking | None = None
        self.cancel: Callable[[], bool] | None = None  # asked while a model speaks: has its asker left?

    @classmethod
    def open(cls, vault: str | os.PathLike[str], home: str | os.PathLike[str] | None = None) -> Workspace:
        """The workspace of a vault.

        Args:
            vault: the folder that holds the notes.
            home: where index and memo live; by default a folder of the user's data folder.

        Raises:
            NotecError: there is no such folder, or the configuration is wrong.
        """
        root = Path(vault).expanduser()
        if not root.is_dir():
            problem = "not a folder" if root.exists() else "no such folder"
            raise NotecError(
                f"{root}: {problem}", "name the folder of your notes with --vault PATH or NOTEC_VAULT"
            )
        root = root.resolve()
        place = Path(home).expanduser().resolve() if home is not None else default_home(root)
        return cls(root, place, load_config(root))

    def index(
        self,
        *,
        progress: ProgressSink | None = None,
        cancel: Callable[[], bool] | None = None,
        rebuild: bool = False,
        paranoid: bool = False,
    ) -> IndexReport:
        """Bring the index up to date with the vault.

        Args:
            progress: is told how far it is.
            cancel: asked between notes; what was done is kept.
            rebuild: read every note again.
            paranoid: afterwards build from scratch elsewhere and compare.
        """
        return self._opened().update(progress=progress, cancel=cancel, rebuild=rebuild, paranoid=paranoid)

    def watch(self, stop: Callable[[], bool] | None = None) -> Iterator[IndexReport]:
        """Yields a report for each change of the vault that was taken in, until `stop` says so."""
        from notec.index import watch

        return watch(self._opened(), stop)

    def search(self, query: str, limit: int = 10, *, graph: str | None = None, **filters: str) -> list[Hit]:
        """Passages that fit `query`, best first.

        Args:
            query: words, `"exact phrases"`, `title:`, `tag:`, `path:` in any mixture.
            limit: at most so many.
            graph: `auto`, `on` or `off`; the configuration's word when not given.
            filters: `folder`, `tag`, `since`, `until`, `language`, `role`.
        """
        from notec.app.wiring import read_filters

        if limit < 1:
            raise NotecError(f"a limit of {limit} finds nothing", "ask for at least one")
        how = GRAPH[graph or self.config.search.graph]
        return self._ready().search(query, limit=limit, filters=read_filters(**filters), graph=how)

    def ask(self, question: str, mode: str = "select", *, limit: int = 5, **filters: str) -> Answer:
        """What the vault says to a question; see `notec.ask.Answer`.

        Args:
            mode: `select` or `compose` (needs a model).
        """
        from notec.app.wiring import read_filters
        from notec.ask import answer_question

        if limit < 1:
            raise NotecError(f"a limit of {limit} answers nothing", "ask for at least one claim")
        if mode not in ("select", "compose"):
            raise NotecError(f"no such mode: {mode!r}", "select or compose")
        return answer_question(
            self._ready(),
            question,
            mode="compose" if mode == "compose" else "select",
            model=self.model,
            limit=limit,
            filters=read_filters(**filters),
        )

    def brief(self, note: str) -> Brief:
        """The problem of a note, what follows if it stays unsolved, and how to solve it."""
        from notec.ask import brief_note

        return brief_note(self._ready(), self.find_note(note), model=self.model)

    def research(self, note: str, approve: Collection[str] = ()) -> Research:
        """A search brief for use outside; nothing private but what `approve` names is in it."""
        from notec.ask import research_note

        return research_note(self._read(self.find_note(note)), approve=approve, model=self.model)

    def chat(self, continued: str | None = None, mode: str = "select") -> Chat:
        """A conversation with the vault; `continued` names one to go on with, or any chat note.

        Raises:
            NotecError: there is no such note.
        """
        from notec.ask import Chat, saved_page

        self._ready()

        def ask(question: str) -> Answer:
            return self.ask(question, mode=mode)

        if continued is None:
            return Chat(ask)
        path = saved_page(self.vault, self.config.vault.saved_folder, continued) or self.find_note(continued)
        return Chat.resume(self._read(path), ask)

    def save(self, value: Answer | Brief | Chat | Research) -> str:
        """Write a result into notec's own folder of the vault; returns its path inside the vault.

        Raises:
            NotecError: it cannot be written; nothing has changed.
        """
        from notec.ask import save_page

        return save_page(self._ready(), value, self.config.vault.saved_folder)

    def check(
        self,
        deep: bool = False,
        *,
        progress: ProgressSink | None = None,
        update: bool = True,
        pairs: int = 2000,
    ) -> list[Diagnostic]:
        """What is wrong in the vault, by note and line.

        Args:
            deep: also what only a model can see; without a model a finding says so.
            pairs: of statements that a deep check compares at most.
            update: bring the index up to date first; where another process is at it, a finding says so.

        Raises:
            NotecError: there is no index and none can be made; the configuration names no rule that exists.
        """
        from notec.app.checking import Checking, behind, configured, without_model
        from notec.index import Progress
        from notec.index.lock import BusyError

        said = without_model(deep, self.model is not None) if deep else ()
        try:
            said += self.index(progress=progress).diagnostics if update else ()
        except BusyError as error:
            said += (behind(error),)
        index = self._ready()
        if self._checking is None:
            self._checking = Checking(index, self._kept().memo)

        def told(done: int, total: int) -> None:
            if progress:
                progress(Progress("checking", done, total))

        found = self._checking.run(told)
        known = index.digests() if said else {}
        beside = [item for item in said if item.note not in known]  # the rest is among what was found
        if deep and self.model is not None:
            found = [*self._deep(pairs).run(progress), *found]
        return configured([*beside, *found], self.config.check)

    def forecast(self, *, progress: ProgressSink | None = None, pairs: int = 2000) -> DeepForecast:
        """What a deep check would ask the model, and how long that would take; nothing is asked."""
        self.index(progress=progress)
        return self._deep(pairs).forecast(progress)

    def _deep(self, pairs: int) -> Deep:
        from notec.app.deep import Deep

        return Deep(self._ready(), self._kept(), self.model, self.config.check, pairs)

    def compile(
        self,
        idea: str | os.PathLike[str],
        out: str | os.PathLike[str] = "build",
        *,
        wishes: Wishes | None = None,
        model: Model | None = None,
    ) -> Build:
        """Requirements, architecture, pseudo-code and tested code of an idea; see `Build`.

        Args:
            idea: a note, `.idea`, `.pseudo`, or a folder of them: a path, or the name of a note.
            out: the build folder; never inside the vault.
            model: in the place of the configured one, such as a `Replay`.

        Raises:
            NotecError: there is no such idea or nothing in it, or the folder cannot be built in.
        """
        from notec.app.compiling import Compiling, Wishes
        from notec.models import Logged

        asked = self.model if model is None else Logged(model, self._kept().replies)
        compiling = Compiling(self.vault, self._kept(), self._opened(), asked)
        return compiling.run(os.fspath(idea), os.fspath(out), wishes or Wishes())

    def text(self, note: str) -> str:
        """The text of a note as it was indexed; empty when there is none at that path."""
        return self._ready().text(note)

    def mend(self, found: Sequence[Diagnostic], grades: Collection[str] = ("safe",)) -> Mending:
        """The fixes of findings put into their notes, for `write_mended` to write."""
        from notec.app.mending import mend

        return mend(self.vault, found, self._ready().digests(), grades)

    def _read(self, path: str) -> Note:
        """A note as it lies on the disk."""
        from notec.vault.read import read

        outcome = read(self.vault, path, max_bytes=self.config.vault.max_bytes)
        if outcome.value is None:
            said = outcome.diagnostics[0].message if outcome.diagnostics else f"{path}: cannot be read"
            raise NotecError(said, "run `notec index` to see what is there now")
        return outcome.value

    def show(self, wanted: str) -> list[StatementRow]:
        """The statements with an id; or those of a note, or of one line of it (`note:12`)."""
        index = self._ready()
        if found := index.show(wanted):
            return found
        line = 0
        name = wanted
        if (place := _PLACE.fullmatch(wanted)) and not self._notes_named(wanted):
            name, line = place["note"], int(place["line"])
        statements = index.statements(self.find_note(name))
        return [s for s in statements if s.line == line] if line else list(statements)

    def links(self, note: str) -> NoteLinks:
        """What a note links to, and what links to it."""
        index = self._ready()
        path = self.find_note(note)
        return NoteLinks(path, tuple(index.links(path)), tuple(index.backlinks(path)))

    def status(self) -> dict[str, Any]:
        """What is indexed, and how many notes of the vault are newer; plain data."""
        index = self._opened()
        status: dict[str, Any] = {"vault": str(self.vault), "home": str(self.home), **index.status()}
        if index.made:
            status["behind"] = index.behind()._asdict()
        status["model"] = (
            self.config.model.url
            or self.config.model.path
            or "none (answers are selected by the built-in ranker)"
        )
        status["embedder"] = self.config.embedder or "none (set `embedder` in notec.toml to add vectors)"
        return status

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What went wrong in searching since the index was opened; the searches went on."""
        return self._index.warnings if self._index else ()

    @property
    def model(self) -> Model | None:
        """The configured model, its replies logged and never paid for twice; or None."""
        if self._model is None:
            from notec.app.wiring import open_model

            bare = open_model(self.config)
            if bare is not None:
                from notec.models import Logged
                from notec.models.base import Stoppable

                stopped = Stoppable(bare, lambda: self.cancel is not None and self.cancel())
                self._model = Logged(stopped, self._kept().replies)
        return self._model

    def _kept(self) -> Store:
        if self._store is None:
            from notec.store import Store

            self._store = Store.open(self.home / STORE)
        return self._store

    def find_note(self, name: str) -> str:
        """The path of a note by its path, name or alias.

        Raises:
            NotecError: there is none, or several.
        """
        found = self._notes_named(name)
        if len(found) == 1:
            return found[0]
        if found:
            raise NotecError(
                f"{name!r} names {len(found)} notes: {', '.join(found[:5])}", "give the whole path"
            )
        near = self._ready().nearest(name)
        raise NotecError(
            f"no note {name!r} in the index",
            f"did you mean {near[0]!r}?"
            if near
            else "give its path inside the vault; run `notec index` if it is new",
        )

    def _notes_named(self, name: str) -> list[str]:
        return self._ready().find(name)

    def _opened(self) -> Index:
        if self._index is None:
            from notec.app.wiring import index_settings, open_dense, open_reranker
            from notec.index import Index

            dense = open_dense(self.config, self.home)
            self._index = Index.open(self.vault, self.home, index_settings(self.config), dense)
            self._index.reranker = open_reranker(self.config)
        return self._index

    def _ready(self) -> Index:
        """The index, which must have been made."""
        index = self._opened()
        if not index.made:
            raise NotecError(
                f"{self.vault}: not indexed yet",
                f"run `notec --vault {self.vault} index` once; it takes a minute",
            )
        return index

    def close(self) -> None:
        """Let go of the index and the store; a verb called later opens them again."""
        if self._index is not None:
            self._index.close()
            self._index = self._checking = None
        if self._store is not None:
            self._store.close()
            self._store = self._model = None

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
