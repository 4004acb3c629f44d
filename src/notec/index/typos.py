"""What a word that stands nowhere may be meant to be: the nearest terms of the index.

Only for terms without any document, so that a rare word is never taken for a misspelt one. All terms at one
edit (a letter left out, put in, changed, or two swapped) are tried at once; for long words also those at
two edits that begin alike; and what the same keys give on the other keyboard, Russian or English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

_LATIN, _CYRILLIC = "abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_KEYS = dict(zip("qwertyuiop[]asdfghjkl;'zxcvbnm,.`", "йцукенгшщзхъфывапролджэячсмитьбюё", strict=True))
_OTHER_KEYS = str.maketrans(_KEYS | {russian: latin for latin, russian in _KEYS.items()})
_SHORTEST, _LONG = 4, 7  # letters of a word that is mended by one edit, and by two
_ALIKE = 3  # letters that begin words at two edits
_MOST = 3

Count = Callable[[str], int]
Vocabulary = Callable[[str], Iterable[tuple[str, int]]]


def nearest(term: str, count: Count, vocabulary: Vocabulary) -> list[str]:
    """The terms nearest to one that stands nowhere, the likeliest first; none where nothing is near.

    Args:
        count: documents of a term.
        vocabulary: terms with a prefix, with their documents.
    """
    if len(term) < _SHORTEST or not term.isalpha():
        return []
    found = [(-count(near), near) for near in set(_one_edit(term)) if count(near)]
    if not found and len(term) >= _LONG:
        prefix = term[:_ALIKE]
        found = [
            (-often, near)
            for near, often in vocabulary(prefix)
            if abs(len(near) - len(term)) <= 2 and near.isalpha() and distance(term, near, 2) <= 2
        ]
    return [near for _, near in sorted(found)[:_MOST]]


def other_keys(form: str) -> str:
    """A word as the same keys write it on the other keyboard: "ghbdtn" and "привет"."""
    return form.lower().translate(_OTHER_KEYS)


def _one_edit(term: str) -> Iterator[str]:
    letters = _CYRILLIC if "а" <= term[0] <= "я" else _LATIN
    for at in range(len(term) + 1):
        before, after = term[:at], term[at:]
        yield from (before + letter + after for letter in letters)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in letters)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


def distance(a: Sequence[str], b: Sequence[str], most: int) -> int:
    """Edits between two words, a swap of neighbours being one; `most + 1` where there are more."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        earlier, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
