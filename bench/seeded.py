"""Plants defects of rules that need no model, with at least as many harmless look-alikes.

    python bench/seeded.py VAULT [VAULT ...] [--defects 400] [--seed 1]

Notes are copied first, as many of each vault as it has; the copy is checked as it is, planted, and checked
again. What is planted is written in the language of its note; specs are notes of their own, half Russian. A
defect counts as found where a finding of its code stands on its very line. Any other new finding of a code
that was planted is false, on a look-alike or elsewhere (but for what a planted copy repeats of its original).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from notec import Workspace
from notec.core import Diagnostic
from notec.vault import parse_markdown
from seeded_facts import fact_sowers
from seeded_specs import HUB, SOWERS, Sower

Place = tuple[str, str, int]  # code, note, line


class Plant(NamedTuple):
    """Lines to put into a note; the defect is on the line `line` of them, 0 for a look-alike."""

    code: str
    lines: str
    line: int
    at_end: bool = False
    files: tuple[tuple[str, str], ...] = ()
    gold: str = ""  # the file beside the note that the finding is about, where it is not the note


def russian(text: str) -> bool:
    """Whether a note is written in Russian."""
    return sum("а" <= char <= "я" for char in text.lower()) > len(text) / 4


class Garden:
    """A vault that is being planted."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root, self.random = root, random.Random(seed)
        self._gold: dict[str, list[tuple[str, int]]] = {}  # by note
        self.harmless: Counter[str] = Counter()
        self.planted: Counter[str] = Counter()
        self.russian: Counter[str] = Counter()  # of the planted
        self.number = 0

    def fresh(self) -> str:
        """A name that nothing else has."""
        self.number += 1
        return f"{self.random.choice(('Смета', 'Отчёт', 'Ledger', 'Заметка', 'Plan'))} qz{self.number}"

    @property
    def gold(self) -> set[Place]:
        """All defects, where they stand now."""
        return {(code, note, line) for note, places in self._gold.items() for code, line in places}

    def bad(self, code: str, note: str, line: int, russian: bool) -> None:
        """A defect stands there."""
        self._gold.setdefault(note, []).append((code, line))
        self.planted[code] += 1
        self.russian[code] += russian

    def put(self, note: str, plant: Plant) -> None:
        """Put a plant into a note, between two of its blocks, or at its end."""
        file = self.root / note
        text = file.read_bytes().decode("utf-8")
        blocks = parse_markdown(note, text).value.blocks
        gaps = [
            b.end for b in blocks[1:] if b.kind == "blank" and b.container < 0 and text[b.end - 1] == "\n"
        ]
        gap = len(text) if plant.at_end or not gaps else self.random.choice(gaps)
        before = text[:gap] if text[:gap].endswith("\n\n") else text[:gap] + "\n\n"
        file.write_bytes((before + plant.lines + "\n\n" + text[gap:]).encode())
        line = before.count("\n") + plant.line
        moved = before.count("\n") - text[:gap].count("\n") + plant.lines.count("\n") + 2
        self._gold[note] = [
            (code, at + moved * (at > text[:gap].count("\n"))) for code, at in self._gold.get(note, ())
        ]
        if plant.line and not plant.gold:
            self.bad(plant.code, note, line, russian(text))
        elif plant.line:
            self.bad(plant.code, f"{note.rpartition('/')[0]}/{plant.gold}".lstrip("/"), 1, russian(text))
        else:
            self.harmless[plant.code] += 1
        for path, words in plant.files:
            (file.parent / path).parent.mkdir(exist_ok=True)
            (file.parent / path).write_text(words, encoding="utf-8")


def link_defects(g: Garden, note: str, ru: bool) -> Iterator[Plant]:
    """Links that lead nowhere, and links that look so."""
    name, own = g.fresh(), Path(note).stem
    bad = g.random.choice(
        (
            f"[[{name}]]",
            f"![[{name}.png]]",
            f"[текст]({name.replace(' ', '%20')}.md)",
            f"[[{own}#Раздел {name}]]",
            f"[[{own}#^qz{g.number}]]",
        )
    )
    yield Plant(
        "unresolved-link",
        f"Смотри также здесь.\nСм. {bad} об этом." if ru else f"It is said elsewhere.\nSee {bad} for more.",
        2,
    )
    good = g.random.choice(
        (
            f"`[[{name}]]`",
            f"<https://example.org/{g.number}.md>",
            f"\\[\\[{name}]]",
            f"[почта](mailto:a{g.number}@example.org)",
            f"%% [[{name}]] %%",
        )
    )
    yield Plant(
        "unresolved-link",
        f"Смотри также.\nСм. {good} об этом." if ru else f"It is said elsewhere.\nSee {good} for more.",
        0,
    )


def footnote_defects(g: Garden, note: str, ru: bool) -> Iterator[Plant]:
    """Footnotes without text, texts without a footnote."""
    del note
    n = f"qz{g.fresh().split()[-1]}"
    said, book = ("Так считают не все.", f"Иванов, {n}.") if ru else ("Not all think so.", f"Smith, {n}.")
    yield Plant("unresolved-footnote", f"{said}[^{n}]", 1)
    yield Plant("unresolved-footnote", f"{said} `[^{n}]` \\[^{n}]", 0)
    yield Plant("unused-footnote", f"{said}\n\n[^{n}]: {book}", 3)
    yield Plant("unused-footnote", f"{said}[^{n}]\n\n[^{n.upper()}]: {book}", 0)


def citation_defects(g: Garden, note: str, ru: bool) -> Iterator[Plant]:
    """One source twice, and oneself as a source."""
    n = g.fresh().split()[-1]
    one, two, known = ("Раз.", "Два.", "Это известно.") if ru else ("One.", "Two.", "It is known.")
    url = f"https://example.org/{n}"
    second = g.random.choice((url, url + "/", url.replace("https://", "http://www.")))
    yield Plant("duplicate-citation", f"{one}[^a{n}] {two}[^b{n}]\n\n[^a{n}]: {url}\n[^b{n}]: {second}", 4)
    other = g.random.choice((f"{url}?page=2", f"{url}-2", f"{url}#part"))
    yield Plant("duplicate-citation", f"{one}[^a{n}] {two}[^b{n}]\n\n[^a{n}]: {url}\n[^b{n}]: {other}", 0)
    path = note.removesuffix(".md")
    yield Plant("self-citation", f"{known}[^{n}]\n\n[^{n}]: [[{path}]]", 3)
    yield Plant("self-citation", f"{known}[^{n}]\n\n[^{n}]: `[[{path}]]`, [[#^x{n}]]\n\n{known} ^x{n}", 0)


def block_defects(g: Garden, note: str, ru: bool) -> Iterator[Plant]:
    """Blocks that are never closed, and ids that stand twice."""
    del note
    n = g.fresh().split()[-1]
    word, first, second = ("текст", "Первый.", "Второй.") if ru else ("words", "First.", "Second.")
    mark = g.random.choice(("```", "~~~", "````", "```python"))
    yield Plant(
        "unclosed-block",
        g.random.choice((f"{mark}\nprint({g.number})\n\n{word}", f"<!-- {n}\n\n{word}")),
        1,
        True,
    )
    yield Plant("unclosed-block", f"{mark}\nprint(1)\n{mark.removesuffix('python')}\n\n<!-- {n} -->", 0, True)
    yield Plant("duplicate-id", f"{first} ^{n}\n\n{second} ^{n}", 3)
    yield Plant("duplicate-id", f"{first} ^{n}a\n\n{second} ^{n}b, `^{n}a`", 0)


def file_defects(g: Garden, note: str, ru: bool) -> Iterator[Plant]:
    """Names of files that clash, or that two files have."""
    name = g.fresh()
    del note
    words = "Текст об этом." if ru else "Words of this."

    def file(path: str) -> tuple[str, str]:
        return f"{path}.md", f"{words} {path}\n\n[[{HUB}]]\n"

    upper = max((f"{name}.md", f"{name.upper()}.md"))
    yield Plant("case-collision", words, 1, files=(file(name), file(name.upper())), gold=upper)
    yield Plant("case-collision", words, 0, files=(file(name), file(f"{name} 2")))
    both = tuple(file(f"qz{n}/{name} 3") for n in "ab")
    see = ("См. [[{}]] об этом." if ru else "See [[{}]] for more.").format
    yield Plant("ambiguous-link", see(f"{name} 3"), 1, files=both)
    yield Plant("ambiguous-link", see(f"qza/{name} 3"), 0, files=both)


def whole_note(g: Garden, note: str, code: str, bad: bool) -> None:
    """Defects that make another file of a note."""
    file = g.root / note
    data = file.read_bytes()
    if code == "duplicate-note":
        words = data.decode().split(" ")
        step = len(words) // 2 + 1 if bad else 4
        copy = " ".join(w if i % step else f"qz{i}" for i, w in enumerate(words, 1))
        made = note.removesuffix(".md") + COPY
        (g.root / made).write_text(copy, encoding="utf-8")
        line = 1
        note = made
    elif code == "bad-encoding":
        line = data.count(b"\n") + 3
        tail = "\n\nслово ".encode() + (b"\xff\xfe" if bad else "ÿþ".encode())
        file.write_bytes(data + tail + b"\n")
    else:
        line = 2 if bad else 0
        value = "[а, б" if bad else '"а: б"'
        file.write_bytes(f"---\nqz: {value}\n---\n\n".encode() + data)
    if bad:
        g.bad(code, note, line, russian(data.decode("utf-8", "replace")))
    else:
        g.harmless[code] += 1


Maker = Callable[[Garden, str, bool], Iterator[Plant]]
MAKERS: tuple[Maker, ...] = (link_defects, footnote_defects, citation_defects, block_defects, file_defects)
COPY = "~2.md"
WHOLE = ("duplicate-note", "bad-encoding", "bad-frontmatter")
_ALONE = ("unclosed-block", *WHOLE)  # each has a note for itself


def copied(source: Path, target: Path, count: int, choose: random.Random) -> list[str]:
    """A sample of plain notes, at their paths in a folder of their vault's name."""
    paths = sorted(source.rglob("*.md"))
    choose.shuffle(paths)
    taken: list[str] = []
    for path in paths:
        data = path.read_bytes()
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            continue
        plain = not text.startswith(("---", "\ufeff")) and "\r" not in text and "\0" not in text
        if not plain and text.startswith("---") and (end := text.find("\n---", 3)) > 0:
            text = text[end + 4 :].lstrip("\n").replace("\r", "")
            plain = True
        if not plain or len(text.split()) < 80 or text.count("```") % 2 or "<!--" in text:
            continue
        note = f"{source.parent.name}/{path.relative_to(source).as_posix()}"
        place = target / note
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.rstrip().encode() + b"\n")
        taken.append(note)
        if len(taken) == count:
            break
    return taken


def key(item: Diagnostic) -> tuple[str, str, str]:
    said = "" if item.code == "duplicate-note" else item.message  # it names a share and a partner
    return item.code, item.note, said


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vaults", type=Path, nargs="+", metavar="VAULT")
    parser.add_argument("--defects", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with TemporaryDirectory(prefix="notec-seeded-") as place:
        root = Path(place, "vault")
        root.mkdir()
        garden = Garden(root, options.seed)
        wanted, samples = options.defects * (2 * len(_ALONE) + 2), []
        vaults = sorted(options.vaults, key=lambda vault: sum(1 for _ in vault.rglob("*.md")))
        for number, vault in enumerate(vaults):  # what a small one lacks, the larger ones give
            share = (wanted - sum(map(len, samples))) // (len(vaults) - number)
            samples.append(copied(vault, root, share, garden.random))
        notes = [note for some in zip_longest(*samples) for note in some if note]
        (root / f"{HUB}.md").write_text(f"# {HUB}\n", encoding="utf-8")
        print(f"{len(notes)} notes", file=sys.stderr)
        with Workspace.open(root, Path(place, "home")) as workspace:
            before = Counter(map(key, workspace.check()))
            print(f"{before.total()} findings before", file=sys.stderr)
        copies = {note for code, note, _ in before if code == "duplicate-note"}
        plant(garden, [note for note in notes if note not in copies], options.defects)
        sow(garden, options.defects)
        with Workspace.open(root, Path(place, "home")) as workspace:
            after = workspace.check()
        print(json.dumps(report(garden, after, before), ensure_ascii=False))


def plant(garden: Garden, notes: list[str], wanted: int) -> None:
    """Spread the plants over the notes until there are enough of every code."""
    alone, shared = notes[: 2 * wanted * len(_ALONE)], notes[2 * wanted * len(_ALONE) :]
    if not shared:
        raise SystemExit("the vaults have too few notes for so many defects; lower --defects")
    left, again = iter(alone), cycle(shared)
    for code in WHOLE:
        for _ in range(wanted):
            whole_note(garden, next(left), code, True)
            whole_note(garden, next(left), code, False)
    for maker in MAKERS:
        for number, kind in enumerate(list(maker(garden, "?", True))):
            done = garden.planted if kind.line else garden.harmless
            while done[kind.code] < wanted:
                note = next(left) if kind.code in _ALONE else next(again)
                text = (garden.root / note).read_bytes().decode()
                garden.put(note, list(maker(garden, note, russian(text)))[number])


def sow(garden: Garden, wanted: int) -> None:
    """Write specs and other notes of their own, every second one in Russian."""
    sower = Sower(garden.random)
    sowers = (*SOWERS, *fact_sowers(garden.random))
    for number in range(wanted):
        for maker in sowers:
            for sown in maker(sower, number % 2 == 0):
                garden.number += 1
                folder = f"qz/{garden.number}"
                (garden.root / folder).mkdir(parents=True)
                for name, text in sown.files:
                    (garden.root / folder / name).write_text(text, encoding="utf-8")
                if sown.line:
                    garden.bad(sown.code, f"{folder}/{sown.file}", sown.line, number % 2 == 0)
                else:
                    garden.harmless[sown.code] += 1


def report(
    garden: Garden, after: list[Diagnostic], before: Counter[tuple[str, str, str]]
) -> dict[str, object]:
    """Recall and precision by code."""
    planted = garden.gold
    codes = sorted({code for code, _, _ in planted})
    found = Counter((d.code, d.note, d.line) for d in after)
    after = [d for d in after if d.code == "duplicate-note" or not d.note.endswith(COPY)]
    new = Counter(map(key, after)) - before
    out: dict[str, object] = {}
    for code in codes:
        gold = {place for place in planted if place[0] == code}
        hit = sum(place in found for place in gold)
        false = sum(n for (c, _, _), n in new.items() if c == code) - hit
        missed = [f"{n}:{line}" for _, n, line in gold if (code, n, line) not in found]
        out[code] = {
            "planted": len(gold),
            "russian": garden.russian[code],
            "harmless": garden.harmless[code],
            "recall": round(hit / len(gold), 4),
            "precision": round(hit / max(hit + max(false, 0), 1), 4),
        }
        wrong = [d for d in after if d.code == code and (code, d.note, d.line) not in gold and new[key(d)]]
        for text in [
            *(f"missed {code} {m}" for m in missed[:3]),
            *(f"false {code} {d.note}:{d.line} {d.message}" for d in wrong[:3]),
        ]:
            print(text, file=sys.stderr)
    return out


if __name__ == "__main__":
    main()
