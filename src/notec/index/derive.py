"""Makes the full text from the truth: after a crash what is missing, after a loss all of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from notec.facts.words import Analyzer
from notec.index.extract import Card, Lines, card_lines, heading_chains, passage_lines
from notec.index.lexical import Lexical
from notec.index.packing import unpack_json
from notec.index.reading import Reader
from notec.index.writing import Truth


def catch_up(
    truth: Truth,
    lexical: Lexical,
    analyzer: Analyzer,
    generation: int,
    told: Callable[[int, int], None] = lambda *_: None,
) -> int:
    """Bring the full text to a generation of the truth; gives how many notes were analysed for it.

    Notes that changed since `generation` are left alone: they are there already.
    """
    forgotten = int(truth.meta("forgotten") or 0)
    # the truth is an older one, or the text one from before what the truth still knows to be gone
    if lexical.generation > generation or 0 < lexical.generation < forgotten:
        lexical.create()
    since = lexical.generation
    if since == generation:
        return 0
    db = truth.db
    for (note,) in db.execute("SELECT note FROM gone WHERE generation > ?", (since,)):
        lexical.remove(note)
    rows = db.execute("SELECT id FROM notes WHERE changed > ? AND changed <= ?", (since, generation))
    changed = sorted(note for (note,) in rows)
    for done, note in enumerate(changed, 1):
        lexical.remove(note)
        card, passages = of_truth(truth, note, analyzer)
        lexical.add_passages(note, passages)
        lexical.add_card(note, card)
        if done % 100 == 0:
            told(done, len(changed))
    renamed = db.execute(
        "SELECT id FROM notes WHERE named > ? AND named <= ? AND changed <= ?", (since, generation, since)
    ).fetchall()
    for (note,) in renamed:
        lexical.remove_card(note)
        lexical.add_card(note, of_truth(truth, note, analyzer, only_card=True)[0])
    lexical.commit(generation)
    truth.forget_gone(generation)
    return len(changed)


def of_truth(
    truth: Truth, note: int, analyzer: Analyzer, *, only_card: bool = False
) -> tuple[Card, list[tuple[int, str, str, Lines]]]:
    """What the full text holds of a note, analysed again."""
    row = truth.db.execute(
        "SELECT path, title, language, aliases, properties, headings FROM notes JOIN bodies ON note = id"
        " WHERE id = ?",
        (note,),
    ).fetchone()
    path, title, language, aliases, properties, packed = row
    card = card_lines(analyzer, path, title, json.loads(aliases))
    if only_card:
        return card, []
    reader = Reader(truth.db)
    text = reader.text(note)
    chains = heading_chains(unpack_json(packed))
    roles = [turn.role for turn in reader.turns(note, path)]
    values = json.loads(properties)
    return card, [
        (
            number,
            language,
            roles[place.turn] if place.turn >= 0 else "",
            passage_lines(analyzer, text[place.start : place.end], place, chains, values),
        )
        for number, place in reader.passages_of(note)
    ]


def documents(
    truth: Truth, analyzer: Analyzer
) -> Iterator[tuple[int, Card, list[tuple[int, str, str, Lines]]]]:
    """What the full text should hold, note by note."""
    for (note,) in truth.db.execute("SELECT id FROM notes ORDER BY id").fetchall():
        yield (note, *of_truth(truth, note, analyzer))
