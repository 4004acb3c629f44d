"""Does `missing-link` find a link that was taken away? Beside guessing what is linked most, and plain BM25.

    python bench/missing_links.py FOLDER [--pages N] [--hide N] [--seed N]

FOLDER is a vault, or holds one as `vault/`. On up to `--hide` pages (2,000) one link to another page is in
a copy: its label stays as plain words, and so do those of all links of the page to the same target. Each
way then ranks the pages that the page does not link to: `hit@10` and `MRR` of the hidden target.
`shown_precision` judges what `notec check` shows of its own accord on these pages: only a hidden target
counts as right, and whatever else is named there without a link counts as wrong. `shown_recall`: the share
of hidden links shown.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from notec.check.making import make_sheets
from notec.check.naming import Naming
from notec.check.rules.missing_link import RULE
from notec.check.vault import IndexView, NameTable
from notec.index import Index
from notec.vault import Note
from notec.vault.note import Link
from notec.vault.read import read
from notec.vault.resolve import Resolver

_DEPTH = 50  # ranks that are looked at
_WORDS = 400  # of a page that plain search is asked for
FRONT_MATTER = re.compile(r"\A\ufeff?---\n.*?\n---\n", re.S)


class Hidden(NamedTuple):
    """A page, what it does not link to any more, and what it still links to."""

    page: str
    target: str
    linked: frozenset[str]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=0, metavar="N", help="only the first N pages by path")
    parser.add_argument(
        "--hide", type=int, default=2000, metavar="N", help="on how many pages a link is hidden"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    options = parser.parse_args()
    vault = options.folder / "vault" if (options.folder / "vault").is_dir() else options.folder
    with tempfile.TemporaryDirectory(prefix="notec-missing-links-") as scratch:
        print(json.dumps(measure(vault, Path(scratch), options), ensure_ascii=False))


def measure(vault: Path, scratch: Path, options: argparse.Namespace) -> dict[str, Any]:
    paths = sorted(p.relative_to(vault).as_posix() for p in vault.rglob("*.md"))[: options.pages or None]
    hidden = hide_links(vault, paths, scratch / "vault", options.hide, random.Random(options.seed))
    if not hidden:
        raise SystemExit(f"{vault}: no page links to another one")
    print(f"{len(paths)} pages, a link hidden on {len(hidden)}", file=sys.stderr)
    naming, surveyor = Naming(), RULE.surveyor() if RULE.surveyor else None
    assert surveyor is not None
    figures: dict[str, Any] = {"pages": len(paths), "hidden": len(hidden)}
    with Index.open(scratch / "vault", scratch / "home") as index:
        index.update()
        began = time.perf_counter()
        for made in make_sheets(index, index.notes(), [RULE]):
            for path, packed in made:
                brief = dict(pickle.loads(packed).briefs)[RULE.code]
                naming.put(path, brief)
                surveyor.put(path, brief)
        found = list(surveyor.survey(IndexView(index, paths, NameTable())))
        figures["check_s"] = round(time.perf_counter() - began, 1)
        figures |= judge_shown(hidden, [(d.note, d.notes[0].rpartition(", ")[0]) for d in found])
        naming.settle()
        popular = [path for path, _ in linked_most(naming)]
        ways: dict[str, Callable[[Hidden], list[str]]] = {
            "": lambda h: naming.rank(h.page, lambda: index.text(h.page), _DEPTH),
            "popularity_": lambda h: popular,
            "bm25_": lambda h: by_words(index, h.page),
        }
        for way, rank in ways.items():
            began = time.perf_counter()
            figures |= {way + key: value for key, value in judge_ranks(hidden, rank).items()}
            print(f"{way or 'names '}{time.perf_counter() - began:.0f} s {figures}", file=sys.stderr)
    return figures


def judge_shown(hidden: list[Hidden], shown: list[tuple[str, str]]) -> dict[str, float]:
    wanted = {h.page: h.target for h in hidden}
    here = [(page, target) for page, target in shown if page in wanted]
    good = sum(wanted[page] == target for page, target in here)
    return {
        "shown": len(here),
        "shown_precision": round(good / len(here), 4) if here else 0.0,
        "shown_recall": round(good / len(hidden), 4),
    }


def judge_ranks(hidden: list[Hidden], rank: Callable[[Hidden], list[str]]) -> dict[str, float]:
    hits, reciprocal = 0, 0.0
    for h in hidden:
        ranked = [path for path in rank(h) if path != h.page and path not in h.linked]
        place = ranked.index(h.target) + 1 if h.target in ranked else 0
        hits += 0 < place <= 10
        reciprocal += 1 / place if 0 < place <= _DEPTH else 0.0
    return {"hit@10": round(hits / len(hidden), 4), "MRR": round(reciprocal / len(hidden), 4)}


def linked_most(naming: Naming) -> list[tuple[str, int]]:
    """All pages, those that most pages link to first."""
    keys = Counter(key for brief in naming.briefs.values() for key in {key for _, key in brief.labels})
    counts = Counter({path: sum(keys[key] for key in b.own) for path, b in naming.briefs.items()})
    return counts.most_common()


def by_words(index: Index, page: str) -> list[str]:
    """What plain search finds for the title and the text of a page."""
    note = index.note(page)
    words = f"{note.title if note else ''} {FRONT_MATTER.sub('', index.text(page))}"
    plain = " ".join(re.findall(r"\w+", words)[:_WORDS])
    hits = index.search(plain, 2 * _DEPTH, graph=False)
    return list(dict.fromkeys(hit.note for hit in hits))


def hide_links(source: Path, paths: list[str], copy: Path, most: int, chance: random.Random) -> list[Hidden]:
    """Copies the pages; on some of them a link becomes its label."""
    notes = {path: note for path in paths if (note := read(source, path).value)}
    resolver = Resolver((path, note.aliases) for path, note in notes.items())
    able = []
    for path, note in notes.items():
        links: dict[str, list[Link]] = {}
        for link in note.links:
            found = resolver.resolve(link.target, path, link.kind).path if link.target else ""
            if found and found != path:
                links.setdefault(found, []).append(link)
        open_ = [t for t, every in links.items() if all(can_hide(note, x) for x in every)]
        if open_:
            able.append((path, links, open_))
    chosen = chance.sample(able, min(most, len(able)))
    texts = {path: note.doc.text for path, note in notes.items()}
    hidden = []
    for path, links, open_ in sorted(chosen, key=lambda item: item[0]):
        target = chance.choice(sorted(open_))
        hidden.append(Hidden(path, target, frozenset(links.keys() - {target})))
        for link in sorted(links[target], key=lambda x: -x.start):
            texts[path] = texts[path][: link.start] + label_of(notes[path], link) + texts[path][link.end :]
    for path, text in texts.items():
        place = copy / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
    return hidden


def can_hide(note: Note, link: Link) -> bool:
    """Whether a link has words that stay when it goes."""
    return link.kind in ("markdown", "wikilink") and not link.embed and bool(label_of(note, link).strip())


def label_of(note: Note, link: Link) -> str:
    """The words that a link shows, as written."""
    return link.label or link.target.rpartition("/")[2].removesuffix(".md")


if __name__ == "__main__":
    main()
