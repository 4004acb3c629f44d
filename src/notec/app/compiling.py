"""The compilation of an idea: asks the rules and the vault about it, walks the passes, keeps the build."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notec.core import Diagnostic, NotecError, digest

if TYPE_CHECKING:
    from notec.app.forecast import Forecast
    from notec.index import Index
    from notec.models import Model
    from notec.passes.ir import Program, Question, Requirement, Result
    from notec.passes.output import Written
    from notec.passes.trace import Trace
    from notec.store import Store

STATE = ".notec/program.json"  # in the build folder: what the last run made
WHOLE = ("src/", "tests/")


@dataclass(frozen=True)
class Build:
    """What a compilation made.

    Args:
        out: the build folder.
        files: what lies there, by path inside it.
        trace: for each generated file and line, what it rests on; see `notec.passes.trace`.
        stopped: why it ended before the last pass, or empty.
        forecast: of a dry run. why: what was asked with `why`.
        finished: names of the passes that ran.
    """

    out: str
    requirements: tuple[Requirement, ...] = ()
    questions: tuple[Question, ...] = ()
    files: tuple[str, ...] = ()
    trace: Trace | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    finished: tuple[str, ...] = ()
    stopped: str = ""
    requests: int = 0
    program: Program | None = None
    forecast: Forecast | None = None
    why: tuple[str, ...] = ()

    @property
    def done(self) -> tuple[str, ...]:
        """Ids of the requirements whose tests ran green against this very code."""
        return tuple(r.requirement for r in self.results if r.state == "done")

    @property
    def results(self) -> tuple[Result, ...]:
        """How far each requirement has come, and why."""
        return self.program.results if self.program else ()

    def to_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        from notec.passes.ir import to_json

        return {
            "out": self.out,
            "requirements": to_json(self.requirements),
            "questions": to_json(self.questions),
            "results": to_json(self.results),
            "files": list(self.files),
            "done": list(self.done),
            "finished": list(self.finished),
            "stopped": self.stopped,
            "requests": self.requests,
            **({"forecast": self.forecast.to_json()} if self.forecast else {}),
            **({"why": list(self.why)} if self.why else {}),
            "diagnostics": [d.to_json() for d in self.diagnostics],
        }


def build_folder(vault: Path, out: str, wanted: str) -> Path:
    """The folder to build in.

    Raises:
        NotecError: it lies in the vault or in the idea, or holds what notec did not make.
    """
    place = Path(out).expanduser().resolve()
    if place == vault or vault in place.parents:
        raise NotecError(
            f"{place} lies inside the vault", "builds never go into the vault; choose --out elsewhere"
        )
    idea = Path(wanted).expanduser().resolve()
    if idea.is_dir() and (place == idea or idea in place.parents):
        raise NotecError(f"{place} lies inside the idea itself", "choose --out elsewhere")
    if place.exists() and not place.is_dir():
        raise NotecError(f"{place} is a file", "name a folder with --out")
    return place


@dataclass(frozen=True)
class Wishes:
    """How to compile.

    Args:
        force: go on although the idea contradicts itself.
        dry_run: ask nothing; say what would be asked.
        stop_after: name of the last pass, or empty for all.
        why: an id; say why its steps would run again, and run none.
    """

    force: bool = False
    dry_run: bool = False
    stop_after: str = ""
    why: str = ""
    progress: Callable[[str], None] = lambda line: None
    cancel: Callable[[], bool] | None = None


class Compiling:
    """One compilation of one idea into one folder."""

    def __init__(self, vault: Path, store: Store, index: Index | None, model: Model | None) -> None:
        self._vault, self._store, self._index, self._model = vault, store, index, model

    def run(self, wanted: str, out: str, wishes: Wishes) -> Build:
        """Read the idea, walk the passes, write what each of them made."""
        with ExitStack() as stack:
            return self._run(wanted, out, wishes, stack)

    def _run(self, wanted: str, out: str, wishes: Wishes, stack: ExitStack) -> Build:
        """The same; what `stack` holds ends with it."""
        from notec.app.built import alone, coming, show
        from notec.app.ideas import (
            conflicts,
            definitions,
            findings,
            language_of,
            read_idea,
            refused,
            unexplained,
        )
        from notec.passes import python
        from notec.passes.context import Context
        from notec.passes.driver import PASSES, drive, pass_named
        from notec.passes.output import Output
        from notec.passes.pages import NAMES, edited, pages
        from notec.passes.slot import Asker

        stop_after = pass_named(wishes.stop_after) if wishes.stop_after else ""
        find = self._index.find if self._index is not None and self._index.made else lambda name: []
        notes, said = read_idea(self._vault, wanted, find)
        place = build_folder(self._vault, out, wanted)
        found = findings(notes)
        clashing = conflicts(found)
        said = (*said, *clashing, *(d for d in found if d.code == "long-idea"))
        if clashing and not wishes.force:
            return Build(str(place), diagnostics=(*said, refused(clashing)), stopped="contradiction")
        made_by = fingerprint(self._model)
        dry = wishes.dry_run or bool(wishes.why)
        alone(
            self._store.path.parent, place, stack
        )  # before it is opened, which ends what a kill left half done
        output = Output.open(place)
        kept = read_state(place)
        asker = Asker(self._model, self._store.memo, cancel=wishes.cancel, dry=dry)
        language = language_of(notes)
        title = notes[0].title
        package = python.package_name(title)
        names = [n for each in NAMES for n in pages(each, kept.program, title, language)]
        last = edited(kept.program, output.edits(names), title, language)
        code = output.edits(f.path for f in python.project(kept.program, package))
        terms = definitions(self._index, notes)
        context = Context(
            notes,
            asker,
            findings=unexplained(found, terms),
            definitions=terms,
            last=python.edited(last, package, code),
            ran={name: program for name, (by, program) in kept.ran.items() if by == made_by},
            made=kept.made,
            language=language,
            progress=wishes.progress,
        )
        files: dict[str, str] = {}
        written: list[Written] = []
        ran = dict(kept.ran)
        told: dict[str, Any] = {}

        def keep(name: str, program: Program, made: Program) -> None:
            texts = pages(name, program, title, language)
            files.update(texts)
            if not dry and name in NAMES:
                ran[name] = (made_by, program)
                own = {STATE: Kept(_over(kept.program, program), _over(kept.made, made), ran).dumps()}
                written.append(output.write(texts, own=own, whole=(f"{name}/",)))

        outcome = drive(context, stop_after=stop_after, keep=keep)
        driven = outcome.value
        if any(p.name in driven.finished for p in PASSES if p.name not in NAMES):
            code = {file.path: file.text for file in python.project(driven.program, package)}
            ended = driven.finished[-1] in (PASSES[-1].name, stop_after)
            files.update(code := coming(output, code, driven.finished[-1] if ended else ""))
            if not dry:
                whole = _over(kept.program, driven.program), _over(kept.made, driven.made)
                own = {STATE: Kept(*whole, ran).dumps()} if ended or not kept.program.tests else {}
                written.append(
                    output.write(code, own=own, whole=WHOLE if ended and driven.program.bodies else ())
                )
        if not dry:
            said = (*said, *outcome.diagnostics, *dict.fromkeys(d for w in written for d in w.diagnostics))
            program = replace(_over(kept.program, driven.program), results=driven.program.results)
            docs = [note.doc for note in notes]
            shown = show(program, output, written, docs, title=title, language=language, said=said)
            written.append(output.write(shown.files))
            said = (*said, *written[-1].diagnostics)
            files.update(shown.files)
            told["trace"] = shown.trace
        if dry:
            from notec.app.forecast import forecast, why
            from notec.app.measured import speed

            rate = speed(self._store.replies, self._model.fingerprint) if self._model else None
            known = len(asker.keys) - len(asker.wanted)
            told["forecast"] = forecast(asker.wanted, known, rate)
            if wishes.why:
                tests = (*driven.program.tests, *kept.program.tests)  # a dry run makes none of a model's
                program = replace(driven.program, tests=tests)
                told["why"] = why(wishes.why, asker.keys, self._store.memo, program)
        return Build(
            str(place),
            driven.program.requirements,
            driven.program.questions,
            tuple(sorted(files)),
            diagnostics=tuple(dict.fromkeys(said)),
            finished=driven.finished,
            stopped="" if dry else driven.stopped,
            requests=asker.requests,
            program=driven.program,
            **told,
        )


def fingerprint(model: Model | None) -> str:
    """What decides, besides the idea, what a build looks like: the model and the code of the passes."""
    import notec
    from notec.version import __version__

    root = Path(notec.__file__).parent
    parts = [__version__, model.fingerprint if model else ""]
    for name in ("passes", "spec"):
        files = sorted(f for f in (root / name).rglob("*") if f.suffix in (".py", ".txt"))
        parts += [digest(file.read_bytes()) for file in files]
    return digest(" ".join(parts))


@dataclass(frozen=True)
class Kept:
    """What a build folder knows of the last run.

    Args:
        ran: for each pass the fingerprint of what ran it, and the program at its end.
    """

    program: Program
    made: Program
    ran: Mapping[str, tuple[str, Program]]

    def dumps(self) -> str:
        """One JSON object."""
        from notec.passes.ir import to_json

        ran = {name: [by, to_json(program)] for name, (by, program) in self.ran.items()}
        data = {"program": to_json(self.program), "made": to_json(self.made), "ran": ran}
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def read_state(place: Path) -> Kept:
    """What the last run left in a folder; nothing where that cannot be read: everything is made anew."""
    from notec.passes.ir import Program, from_json

    try:
        data = json.loads((place / STATE).read_text(encoding="utf-8"))
        program, made = from_json(Program, data["program"]), from_json(Program, data["made"])
        ran = {name: (str(by), from_json(Program, ran)) for name, (by, ran) in data["ran"].items()}
        return Kept(program, made, ran)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Kept(Program(), Program(), {})


def _over(last: Program, now: Program) -> Program:
    """The program of now, with the parts of the last run where no pass has come to yet."""
    empty = type(now)()
    left = {
        f.name: getattr(last, f.name) for f in fields(now) if getattr(now, f.name) == getattr(empty, f.name)
    }
    return replace(now, **left)
