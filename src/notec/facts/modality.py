"""What a statement obliges to, allows or forbids, and what it denies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from notec.facts.tokens import Word
from notec.facts.values import Modal, Modality, Negation
from notec.facts.words import STOPWORDS

_CUES = {
    Modal.MUST: (
        "должен должна должно должны обязан обязана обязано обязаны необходимо необходим необходима"
        " необходимы"
        " нужно нужен нужна нужны надо требуется требуются требовалось обязательно обязателен"
        " обязательна обязательны"
        " придется приходится вынужден вынуждена вынуждены must shall has_to have_to had_to need_to needs_to"
        " required needed needs necessary mandatory obligatory obliged obligated обязательный"
        " обязательное обязательная полагается положено compulsory обязательном"
    ),
    Modal.SHOULD: (
        "следует рекомендуется рекомендуют стоит желательно желателен should ought recommended advisable"
    ),
    Modal.MAY: (
        "может могут можно мог могла могло могли можем можете можешь разрешено разрешается разрешен разрешена"
        " разрешены допускается допускаются допустимо допустим допустима допустимы вправе позволено"
        " позволяется"
        " free_to welcome_to"
        " may can could might allowed permitted"
    ),
    Modal.MUST_NOT: (
        "нельзя запрещено запрещается запрещен запрещена запрещены запрещает запрещают недопустимо недопустим"
        " недопустима недопустимы возбраняется cannot can't mustn't forbidden prohibited disallowed"
        " banned couldn't"
    ),
    Modal.SHOULD_NOT: "shouldn't нежелательно нежелателен нежелательна",
    Modal.NEED_NOT: "needn't optional voluntary добровольно добровольный добровольная желанию"
    " необязательно необязателен необязательна необязательны необязательный",
}
_DENIED = {Modal.MUST: Modal.MUST_NOT, Modal.SHOULD: Modal.SHOULD_NOT, Modal.MAY: Modal.MUST_NOT}
_NEED = frozenset(
    (
        "обязан обязана обязано обязаны необходимо необходим необходима необходимы нужно нужен нужна"
        " нужны надо требуется требуются требовалось обязательно обязателен обязательна обязательны has_to"
        " have_to had_to need_to needs_to required mandatory obligatory obliged obligated needed needs"
        " necessary придется приходится"
    ).split()
)

NOT = frozenset(
    (
        "не not don't doesn't didn't isn't aren't wasn't weren't won't wouldn't hasn't haven't hadn't"
        " can't cannot couldn't shouldn't mustn't needn't ain't нет нету нельзя dont doesnt isnt cant wont"
    ).split()
)
_NONE = frozenset(
    (
        "ни no none nobody nothing nowhere neither nor никто никого никому никем ничто ничего ничему"
        " ничем никакой никакая никакое никакие никакого никакую никаких никаким никакими нигде никуда"
        " никак"
    ).split()
)
_NEVER = frozenset(["never", "никогда"])
_WITHOUT = frozenset(["without", "без"])
CUES = NOT | _NONE | _NEVER | _WITHOUT

# words after a cue that make it a phrase of another meaning
_HARMLESS_AFTER = {
    "не": frozenset(
        (
            "только менее более меньше больше свыше выше ниже ранее раньше позднее позже просто столько прочь"
            " исключено случайно зря раз реже чаще дольше дороже дешевле быстрее медленнее превышает"
            " превышают"
            " превышать превысит иначе обязательно"
        ).split()
    ),
    "not": frozenset(
        ("only just merely least fewer less more until exceed exceeds exceeding later earlier").split()
    ),
    "no": frozenset(
        (
            "less more fewer later earlier matter doubt sooner faster slower longer higher lower larger"
            " smaller"
        ).split()
    ),
    "ни": frozenset(("был", "была", "было", "были")),
    "нет": frozenset(("сомнений", "сомнения")),
    "без": frozenset(("малого", "сомнения", "четверти", "пяти", "десяти", "двадцати")),
}
_HARMLESS_BEFORE = {
    "не": frozenset(["чуть", "едва", "тем", "пока", "вряд", "отнюдь_не"]),
    "ни": frozenset(("бы", "как", "кто", "что", "где", "сколько", "куда")),
    "not": frozenset(("or", "why")),
}
_SKIP = (
    frozenset(
        (
            "be been being is are was were am has have had do does did a an the any ever yet very so too to"
            " it that quite really would will can could should must also such all only longer more get got"
            " able был была было были быть будет будут бы же ли это так очень слишком уже еще вообще совсем"
            " пока может могут мог могла могли можно должен должна должно должны надо нужно стоит следует"
        ).split()
    )
    | CUES
)


@cache
def _cues() -> dict[str, tuple[Modal, str]]:
    return {word.replace("_", " "): (kind, word) for kind, line in _CUES.items() for word in line.split()}


_WITH_INFINITIVE = frozenset(("стоит", "следует"))  # "это стоит дорого", "из этого следует"
_INFINITIVE = ("ть", "ться", "ти", "тись", "чь", "чься")
MODAL_WORDS = frozenset(word.split("_")[0] for line in _CUES.values() for word in line.split())


def modalities(words: Sequence[Word]) -> list[Modality]:
    """Modal words with what denies them: "не должен", "must not", "is not required to"."""
    cues = _cues()
    found: list[Modality] = []
    for index, word in enumerate(words):
        if word.low not in MODAL_WORDS or (word.low == "may" and word.form == "May") or word.form == "CAN":
            continue
        last = index
        entry = None
        if index + 1 < len(words):
            entry = cues.get(f"{word.low} {words[index + 1].low}")
            last = index + 1 if entry else index
        entry = entry or cues.get(word.low)
        if entry is None:
            continue
        kind, name = entry
        if word.low in _WITH_INFINITIVE and not any(
            near.low.endswith(_INFINITIVE) for near in words[max(0, index - 2) : index + 4]
        ):
            continue
        first, end = index, last
        after = words[last + 1].low if last + 1 < len(words) else ""
        before = [w.low for w in words[max(0, index - 2) : index]]
        denied = False
        if after in ("not", "never") and word.low.isascii() and name not in _NEED | {"allowed", "permitted"}:
            denied, end = True, last + 1
        elif before and (before[-1] in NOT or before[-1] == "never"):
            denied, first = True, index - 1
        elif len(before) == 2 and before[0] in NOT and before[1] in ("be", "yet", "been", "always"):
            denied, first = True, index - 2
        if denied:
            kind = Modal.NEED_NOT if name in _NEED and kind is Modal.MUST else _DENIED.get(kind, kind)
        found.append(Modality(kind, words[first].start, words[end].end))
    return found


def negations(text: str, words: Sequence[Word]) -> list[Negation]:
    """Words that deny, with the word that each denies.

    Phrases such as "не менее", "not only", "no later than", "чуть не" deny nothing. Where Russian doubles
    ("никто не пришел"), only the `не` counts.
    """
    found: list[Negation] = []
    for index, word in enumerate(words):
        low = word.low
        if low not in CUES:
            continue
        after = words[index + 1].low if index + 1 < len(words) else ""
        before = words[index - 1].low if index else ""
        than = words[index + 2].low if index + 2 < len(words) else ""
        lapsed = low == "no" and after == "longer" and than != "than"  # "no longer works"
        if (after in _HARMLESS_AFTER.get(low, ()) and not lapsed) or before in _HARMLESS_BEFORE.get(low, ()):
            continue
        if low == "no" and (
            word.form == "No"
            and text[word.end : word.end + 1] == "."
            and text[word.end + 1 : word.end + 4].strip()[:1].isdigit()
        ):
            continue
        if (low in _NONE or low in _NEVER) and not low.isascii() and _doubled(text, words, index):
            continue
        kind = "not" if low in NOT else "none" if low in _NONE else "never" if low in _NEVER else "without"
        start, end = _scope(text, words, index)
        found.append(Negation(kind, word.start, word.end, start, end))
    return found


def _doubled(text: str, words: Sequence[Word], index: int) -> bool:
    """Whether a `не` or `нет` of the same clause already denies."""
    low = words[index].low
    for step in (1, -1):
        position = index + step
        while 0 <= position < len(words) and abs(position - index) <= 5:
            left, right = sorted((words[position].end, words[position - step].start))
            if any(sign in text[left:right] for sign in ".;!?"):
                break
            if words[position].low in ("не", "нет", "нельзя") or (
                low != "ни" and words[position].low == "without"
            ):
                return True
            if low == "ни" and step == -1 and words[position].low == "ни":
                return True
            position += step
    return False


def _scope(text: str, words: Sequence[Word], index: int) -> tuple[int, int]:
    """The denied word: the next word of content; for a closing "нет" the one before."""
    fallback = None
    for word in words[index + 1 : index + 7]:
        gap = text[words[index].end : word.start]
        if any(sign in gap for sign in ".;!?"):
            break
        if word.low in _SKIP:
            continue
        if word.low in STOPWORDS:
            fallback = fallback or word
            continue
        return word.start, word.end
    if fallback:
        return fallback.start, fallback.end
    if words[index].low in ("нет", "нельзя", "нету") and index:
        return words[index - 1].start, words[index - 1].end
    following = words[index + 1] if index + 1 < len(words) else None
    if following and not any(sign in text[words[index].end : following.start] for sign in ".;!?"):
        return following.start, following.end
    return words[index].end, words[index].end
