"""Do the names of a claim stand in its source, and in the place where the claim puts them?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from notec.core import Span
from notec.facts.disagreement import Disagreement, Kind
from notec.facts.inflection import related, same_name
from notec.facts.profile import Profile
from notec.facts.stems import fold, stem
from notec.facts.values import Name
from notec.facts.words import STOPWORDS, grammemes

_AND_NAME = re.compile(r"(?<=\s)(?:and|и)\s+(?=(?:the\s+)?[A-ZА-ЯЁ])")
_PASSIVE = frozenset(("by", "is", "are", "was", "were", "be", "been"))  # or "A is the capital of B"
_MUTUAL = frozenset(("meet", "marri", "equal", "match", "border", "resembl"))  # what holds both ways
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")


def _forms(profile: Profile) -> frozenset[str]:
    """Folded words of a text, numbers and the parts of compounds included."""
    return frozenset(fold(word).removesuffix("'s") for word in _WORD.findall(profile.text))


def _acronym_of(word: str, profile: Profile) -> bool:
    """Whether an acronym stands for words that follow one another in the source."""
    initials = "".join(fold(match)[0] for match in _WORD.findall(profile.text) if match[0].isalpha())
    capitals = "".join(fold(match)[0] for match in _WORD.findall(profile.text) if match[0].isupper())
    return len(word) >= 2 and (word in capitals or (len(word) >= 4 and word in initials))


def _stands(word: str, forms: frozenset[str], name: Name, source: Profile) -> bool:
    if word in forms or any(same_name(word, form) for form in forms if form[:2] == word[:2] or len(word) < 4):
        return True
    if name.kind == "acronym" and _acronym_of(word, source):
        return True
    if (
        len(word) <= 6
        and word.isalpha()
        and any(n.kind == "acronym" and word in n.words for n in source.facts.names)
    ):
        return True
    return name.kind in ("proper", "title", "initial") and len(word) > 4 and _derived(word, source)


def _derived(word: str, source: Profile) -> bool:
    """Whether the source has another word of the same root: "российский" for "Россия"."""
    own = stem(word)
    return len(own) >= 4 and any(len(s) >= 4 and _rooted(own, s) for s in source.stems)


def _rooted(one: str, other: str) -> bool:
    """Whether one stem but for its last letter begins the other: Austria is not Australia."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short[:-1] if len(short) > 4 else short) and related(one, other)


def _missing(name: Name, claim: Profile, source: Profile, forms: frozenset[str]) -> list[str]:
    """Words of a name that the source does not have."""
    if name.kind == "identifier":
        return [] if _identifier_stands(name.span.of(claim.text), source.text) else [name.span.of(claim.text)]
    out: list[str] = []
    for word in name.words:
        parts = re.split(r"[-.]", word)
        for part in parts:
            known = part in STOPWORDS or len(part) < 2 or part.isdigit()
            if not known and not _stands(part, forms, name, source):
                out.append(part)
    return out


def _identifier_stands(identifier: str, text: str) -> bool:
    """Whether an identifier is written in the source, whole or as the beginning of a longer one.

    Hyphens, spaces and letter case do not count: `GPT-4` is `GPT 4`.
    """
    pieces = re.findall(r"[^\W\d_]+|\d+", fold(identifier))
    if not pieces:
        return True
    pattern = (
        r"(?<![^\W_])" + r"[\W_]?".join(map(re.escape, pieces)) + r"(?![^\W\d_]\b|\d|[.,]\d|[^\W\d_]{2})"
    )
    loose = r"(?<![^\W_])" + r"[\W_]?".join(map(re.escape, pieces)) + r"(?:[а-я]{0,3}|'s|s)?(?![\w]|[.,]\d)"
    there = fold(text)
    return re.search(pattern, there) is not None or re.search(loose, there) is not None


def name_disagreements(claim: Profile, source: Profile) -> Iterator[Disagreement]:
    """Names of the claim that the source does not have, or has in another place."""
    forms = _forms(source)
    mine = _forms(claim)
    for name in claim.facts.names:
        missing = _missing(name, claim, source, forms)
        if missing and name.kind != "initial":
            missing = _without_first_word(name, missing, claim)
        if not missing:
            other = _displaced(name, claim, source) or _parted(name, claim, source)
            other = other or _turned(name, claim, source)
            if other is not None:
                yield _found(name.span, claim, source, other, True)
            continue
        rival = _rival(name, claim, source, mine)
        foreign = claim.facts.language == "ru" and missing[0].isascii()  # "Kubernetes управляет"
        if name.kind == "initial" and not foreign:
            if rival is not None and _is_name(missing[0], name, claim, source, rival):
                yield _found(name.span, claim, source, rival.span, True)
            continue
        yield _found(name.span, claim, source, rival.span if rival else None, rival is not None)


def _without_first_word(name: Name, missing: list[str], claim: Profile) -> list[str]:
    """The first word of a sentence may be capitalised for that alone ("Президент Путин")."""
    opens = (
        not claim.text[: name.start].strip(" \"'«“„*_#>-—–")
        or claim.text[: name.start].rstrip()[-1:] in ".!?…"
    )
    first = name.words[0] if name.words else ""
    return [word for word in missing if not (opens and len(name.words) > 1 and word == first)]


def _rival(name: Name, claim: Profile, source: Profile, mine: frozenset[str]) -> Name | None:
    """A name of the source that the claim does not have, and that may stand where the claim's name stands."""
    free = [
        other
        for other in source.facts.names
        if not any(word in mine or any(same_name(word, form) for form in mine) for word in other.words)
    ]
    if name.kind != "initial":
        free = [other for other in free if other.kind != "initial"] or free
    if not free:
        return None
    overlap = {term.stem for term in claim.terms}
    return max(free, key=lambda other: _neighbours(other, source, overlap))


def _neighbours(name: Name, source: Profile, stems: set[str]) -> float:
    """How many of the claim's stems stand in the clause and the sentence of a name."""
    clause = source.clause_at(name.start)
    sentence = next((t.sentence for t in source.terms if t.clause == clause), 0)
    near = {t.stem for t in source.terms if t.clause == clause}
    wide = {t.stem for t in source.terms if t.sentence == sentence}
    return 2 * len(near & stems) + len(wide & stems)


def _is_name(word: str, name: Name, claim: Profile, source: Profile, rival: Name) -> bool:
    """Whether a capitalised first word is a name after all, and the rival stands in its place."""
    if re.search("[а-я]", word) and grammemes(word) & {"Name", "Surn", "Patr", "Geox", "Orgn"}:
        return True
    others = {t.stem for t in claim.terms if not name.start <= t.start < name.end}
    clause = source.clause_at(rival.start)
    there = {t.stem for t in source.terms if t.clause == clause}
    return len(others) >= 1 and len(others & there) >= max(1, round(0.6 * len(others)))


def _displaced(name: Name, claim: Profile, source: Profile) -> Span | None:
    """Another name that stands, in one clause of the source, with everything the claim says of this one.

    "Qwen runs on the GPU while Llama runs on the CPU" does not say that Llama runs on the GPU. The name's
    own clause must say something else of it, so that a list of names is not torn apart.
    """
    rest = {t.stem for t in claim.terms if not t.name and not name.start <= t.start < name.end}
    if name.kind == "initial" or len(rest) < 2:
        return None
    clauses = _clauses(source)
    if len(clauses) < 2:
        return None
    named = [any(_same(name, claim, other, source) for other in names) for _, names, _ in clauses]
    own = [stems for (stems, _, _), here in zip(clauses, named, strict=True) if here]
    if not any(len(stems) >= 2 for stems in own) or any(rest <= stems for stems in own):
        return None
    for (stems, names, _), here in zip(clauses, named, strict=True):
        if not here and names and rest <= stems:
            return names[0].span
    return None


def _parted(name: Name, claim: Profile, source: Profile) -> Span | None:
    """Another name that the source puts beside this one, in the place of the claim's other name.

    "Olga lives in Tver, Nikolai in Tula" does not say that Olga lives in Tula.
    """
    others = [n for n in claim.facts.names if n is not name and not _same(n, claim, name, claim)]
    clauses = _clauses(source)

    def having(wanted: Name) -> list[int]:
        return [
            k
            for k, (_, names, _) in enumerate(clauses)
            if any(_same(wanted, claim, n, source) for n in names)
        ]

    def rivals(clause: int) -> list[Name]:
        names = clauses[clause][1]
        return [n for n in names if not any(_same(mine, claim, n, source) for mine in claim.facts.names)]

    here = having(name)
    for other in others:
        there = having(other)
        if len(here) == len(there) == 1 and here != there and rivals(here[0]) and rivals(there[0]):
            return rivals(there[0])[0].span
    return None


def _turned(name: Name, claim: Profile, source: Profile) -> Span | None:
    """The name that does to this one, in an English source, what the claim says this one does to it."""
    if claim.facts.language != "en" or _PASSIVE & (claim.lows | source.lows):
        return None
    other = next((n for n in claim.facts.names if n.start >= name.end), None)
    if other is None or _same(name, claim, other, claim):
        return None
    done = {t.stem for t in claim.terms if name.end <= t.start < other.start}
    mine = [n for n in source.facts.names if _same(name, claim, n, source)]
    theirs = [n for n in source.facts.names if _same(other, claim, n, source)]
    if len(mine) != 1 or len(theirs) != 1 or not done or done & _MUTUAL:
        return None
    between = {t.stem for t in source.terms if theirs[0].end <= t.start < mine[0].start}
    return theirs[0].span if done <= between else None


def _clauses(source: Profile) -> list[tuple[frozenset[str], list[Name], int]]:
    """Stems that are no names, and names, clause by clause; "and" before a name begins a clause, too."""
    whole = [start for start in source.clause_starts if source.text[:start].rstrip()[-1:] not in "—–"]
    cuts = sorted({0, *whole, *(m.start() for m in _AND_NAME.finditer(source.text))})
    out: list[tuple[frozenset[str], list[Name], int]] = []
    for start, end in zip(cuts, [*cuts[1:], len(source.text)], strict=True):
        names = [n for n in source.facts.names if start <= n.start < end and n.kind != "initial"]
        names += [n for n in source.facts.names if start <= n.start < end and n.kind == "initial"]
        places = [(n.start, n.end) for n in names if n.kind != "initial"]
        stems = frozenset(
            t.stem
            for t in source.terms
            if start <= t.start < end and not any(s <= t.start < e for s, e in places)
        )
        if stems or names:
            out.append((stems, names, start))
    return out


def _same(name: Name, claim: Profile, other: Name, source: Profile) -> bool:
    """Whether two names have a word in common, in any form."""
    if name.kind == "identifier":
        return _identifier_stands(name.span.of(claim.text), other.span.of(source.text))
    return any(same_name(mine, theirs) for mine in name.words for theirs in other.words)


def _found(
    span: Span, claim: Profile, source: Profile, theirs: Span | None, contradicts: bool
) -> Disagreement:
    return Disagreement(
        Kind.NAME, span.of(claim.text), theirs.of(source.text) if theirs else "", span, theirs, contradicts
    )
