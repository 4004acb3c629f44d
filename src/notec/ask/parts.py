"""Which part of a brief a statement belongs to: the problem, what follows from it, or the way to solve it.

Signs are read off the words, Russian and English: a telling heading, a difficulty that is named, a condition
with what comes of it, an advice. A weight of 1 is one clear sign; what has no sign belongs to no part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

PartName = Literal["problem", "consequences", "solution"]
PART_NAMES: tuple[PartName, ...] = ("problem", "consequences", "solution")


def _any(phrases: str, before: str = r"\b") -> re.Pattern[str]:
    """One pattern of many phrases, divided by `|` or by lines; a space stands for any white space."""
    lines = (line.strip() for line in phrases.strip().splitlines())
    return re.compile(f"{before}(?:{'|'.join(lines)})".replace(" ", r"\s+"), re.IGNORECASE)


_HEADING_WEIGHT = 1.2
_FIRST = r"^\W*(?:[\w-]+\s+)?"  # a heading tells by its first words: "Variants of the solution" offers none
_HEADINGS: dict[PartName, re.Pattern[str]] = {
    "problem": _any(
        r"""
        проблем|трудност|сложност|вопросы?\W*$|ограничени|недостат|почему нет|минусы?\b|против\b
        в ч[её]м (?:дело|суть)
        мешает|болит|боль\b|задача\b
        problem|issues?\b|difficult|limitation|drawback|why not|cons\b|trouble|pain\b|motivation|challenge
        questions?\W*$
        """,
        _FIRST,
    ),
    "consequences": _any(
        r"""
        последстви|риск|что будет|чем (?:это )?грозит|если (?:не|ничего)|к чему (?:это )?вед|угроз|опасност
        цена (?:бездействия|ошибки)
        consequence|risks?\b|what (?:if|happens)|impact|danger|if (?:nothing|we do not)
        cost of (?:delay|doing nothing)
        """,
        _FIRST,
    ),
    "solution": _any(
        r"""
        решен[ио]|что (?:с этим )?делать|как (?:решить|исправить|быть|сделать|избежать|бороться)|планы?\b
        шаги\b|выход\b|выводы\b|рекомендаци|правила|требования|что (?:нужно|хочется)\W*$|устранени|обходн
        solution|how to|what to do|plan\b|steps?\b|decided|decision|fix(?:es)?\b|workaround|remed|recommend
        next steps|proposal|resolution|wanted\W*$|requirements
        """,
        _FIRST,
    ),
}

# Part -> (weight, words). Clear signs weigh about 1, hints half of that; weights of one part add up.
_SIGNS: dict[PartName, tuple[tuple[float, re.Pattern[str]], ...]] = {
    "problem": (
        (
            1.0,
            _any(r"""
            проблем[аыоуе]\w*|трудност\w+|сложност[ьи]\b|беда\b|узк\w+ мест\w+|не хватает|нехватк\w+
            недостат(?:ок|к[иа])\b|мешает|мешают|препятств\w+|упира(?:ет|ют)ся|тормозит|тормозят|бесполез\w+
            (?:ничего|никогда|никто) не (?:наход|помн|понима|зна|работа)\w+
            не (?:находится|помнит|понимает|получается|справля\w+|успева\w+)
            теря(?:ется|ются)|забыва(?:ет|ют|ется|ются)|устарева(?:ет|ют)
            слишком (?:много|мало|долго|дорог\w*|медленн\w*|сложн\w*|больш\w+|длинн\w+)
            problems?\b|difficult(?:y|ies)\b|bottlenecks?\b|drawbacks?\b|obstacles?\b|trouble\b|lacks? of
            hard to
            struggl\w+|too (?:slow|much|many|large|big|small|expensive|few|little|long|hard|complex)\b
            (?:is|are) (?:bound|limited|slowed|blocked) by|nobody (?:knows|remembers)|no (?:one|way to)\b
            useless\b|outdated\b|(?:does|do) not (?:scale|work|make sense)|gets? (?:lost|forgotten)
            the (?:issue|trouble) is
            """),
        ),
        (
            0.5,
            _any(r"""
            невозможно|нельзя|не (?:может|могут|можем)|ограничен\w*|ошиба\w+ся|медленн\w+|дорого\b
            непонятно|неясно|причин[аы]\b\s*[:—–-]|сломал\w+|лома(?:ется|ются)\b
            конфликт\w*|противореч\w+|есть ли|стоит ли|как быть|не работа(?:ет|ют)
            cannot|can't|impossible|limited\b|slow(?:er|ly)?\b|expensive\b|unclear|conflicts?\b
            contradict\w*|fails\b
            broken|missing\b|does it make sense|is it worth|should (?:i|we)\b
            """),
        ),
    ),
    "consequences": (
        (0.9, _any(r"в противном случае|иначе\b(?! говоря)|otherwise\b|or else\b")),
        (
            1.0,
            _any(r"""
            последстви\w+|прив(?:ед[её]т|едут|одит|одят|ести) к|грозит|рискуе\w+|риск\w*\b
            поте(?:ря|рю|ри|рь)\w*
            теря(?:ем|ет|ют|ется|ются)\b|потеря(?:ет|ем|ют|ется|ются)\w*|пропад[аёеу]\w*|повре(?:жд|д)\w+
            утеч\w+
            утра[чт]\w+|взаимоблокиров\w+|если ничего не|если (?:оставить|отложить|отказаться|пренебречь)\b
            прид[её]тся|вернуть [^.;]{0,30}(?:нельзя|невозможно)
            consequences?\b|lead(?:s|ing)? to|result(?:s|ing)? in\b|risks?\b|los(?:e|es|t|s|ing)\b
            corrupt\w*
            (?:can|may|might|will|could) (?:cause|break|damage|lose|leak|fail|hang|deadlock)|leaks?\b
            """),
        ),
        (
            1.0,
            _any(r"""
            без [^,.;]{3,50} (?:стоит|бесполез\w+|теря\w+|не \w+(?:ся|т)\b)
            если (?:\w+ )?не (?!считать|сказать)(?:\w+ )?[а-яё]+(?:ть|ти)(?:ся)?\b[^.;]{0,140},
            if (?:we|you|i|they|it|this) [^,.;]{0,40}(?:n't|\bnot|\bnothing)\b[^.;]{0,140},
            if (?:nobody|no one|nothing)\b[^.;]{0,140},
            without [^,.;]{2,50},\s
            """),
        ),
        (
            0.7,
            _any(
                r"""
                если [^.;]{3,140}?, (?:то )?[^.;]*\b(?:будут|не|нельзя|прид[её]тся|[а-яё]+[иеё]т(?:ся)?)\b
                if [^.;]{3,140}?, [^.;]*\b(?:will|would|cannot|not|no|every|must|falls?|waits?|stops?)\b
                """,
                r"^\W*",
            ),
        ),
        (
            0.6,
            _any(r"""
            в результате|из-за этого|поэтому|следстви\w+
            стои(?:т|ли|ло) (?:цел\w+|нескольк\w+|больше|дорож\w+|год\w*)
            пада(?:ет|ют)|упад[её]т|ухудша\w+|ухудши\w+|дороже|вдвое (?:меньше|медленнее|больше)
            чаще ошиба\w+
            повторя(?:ется|ются)|покин(?:ет|ут)|уйд[её]т|уйдут
            as a result|therefore|because of th(?:is|at)|falls? (?:by|to)
            costs? (?:more|a|years|weeks|days)\b|drops?\b
            worse\b|years of|half of|order of magnitude|never (?:comes?|again)|out of (?:memory|date|space)
            """),
        ),
    ),
    "solution": (
        (
            1.0,
            _any(r"""
            как (?:это )?(?:решить|исправить|избежать)|выход (?:простой|один|в том|такой)|выход\s*[:—–-]
            решени[ея]\s*[:—–-]|идея\s*[:—–-]|идея в том
            чтобы (?:решить|исправить|избежать|предотвратить|этого не)|для решения
            (?:решили|решено|решил|решила)\b
            реш(?:ит|ается|аются|ить)\b|поможет|помогает|помогут|рекоменду\w+|предлага(?:ю|ем|ется)|начать с
            начинаем с|обойти|устран[яи]\w+|обходн\w+ (?:путь|решени\w+)|план (?:такой|действий)
            лучше (?:всего )?[а-яё]+(?:ть|ти)\b|достаточно [а-яё]+(?:ть|ти)\b
            solutions?\b|solv(?:e|es|ed|ing)\b|workarounds?\b|mitigat\w+|way out\b|remed(?:y|ies)\b
            recommend\w*
            (?:the )?idea\s*:|the idea is
            to (?:avoid|prevent|fix|resolve)\b|decided\b|we (?:start|will|chose|choose|use)\b
            start (?:with|by)\b
            instead of\b|the (?:plan|fix|cure) is|it is enough to|better to\b
            """),
        ),
        (
            0.6,
            _any(r"""
            нужн[оаы]?\b|надо\b|следует\b|необходимо|должн[аоы]?\b|обязан\w*|понадобится|потребуется
            стоит [а-яё]+ть\b
            сначала\b|вместо\b|можно [а-яё]+(?:ть|ти)\b|используйте|задайте|сделайте|проверьте|установите
            запишите
            возьмите|попробуйте
            should\b|must\b|needs? to\b|ought to|keep\b|prefer\w*|instead\b|first,|better\b|allows?\b
            lets?\b|so that\b
            """),
        ),
        (
            0.8,
            _any(
                r"""
                (?:take|use|keep|buy|start|measure|write|run|try|choose|check|make|store|avoid|install|replace|add)\s
                (?:set|move|split|save|record|ask|call)\s
                (?!память|опять|печать|имейте|обратите|учтите|смотрите|помните)[а-яё]+(?:[иаяеы]ть|йте|ите)(?:ся|сь)?[\s,]
                """,
                r"^\W*",
            ),
        ),
    ),
}
_NO_PROBLEM = _any(r"""
    (?:нет|без) (?:никаких )?(?:проблем|трудност)\w*
    (?:no|without(?: any)?) (?:problems?|difficult\w*|trouble|risks?)
    """)
_RETURNS = _any(r"возвращ[аё]\w*|returns?\b|return value")  # what a function gives back is no consequence
_TASK = re.compile(r"\s*(?:>\s*)*(?:[-*+]|\d+[.)])\s+\[[^\]]\]\s+$")
_TASK_WEIGHT = 0.6
_HINT = 0.5
_QUESTION = 0.5  # a question is at least a hint at a problem


def weigh_parts(words: str, heading: Sequence[str] = (), *, task: bool = False) -> dict[PartName, float]:
    """How clearly a statement speaks for each part; 0 for one of which it shows no sign.

    Args:
        words: the readable words of the statement.
        heading: the chain of headings above it.
        task: whether it is the item of a to-do list.
    """
    words = _NO_PROBLEM.sub(" ", words)
    announced = sections(heading)
    weights: dict[PartName, float] = {}
    for part in PART_NAMES:
        weights[part] = sum((value for value, sign in _SIGNS[part] if sign.search(words)), 0.0)
        weights[part] += _HEADING_WEIGHT * (part in announced)
    if words.rstrip(" »”\"'*_").endswith("?"):  # it asks, so it tells neither what follows nor what to do
        return {"problem": weights["problem"] + _QUESTION, "consequences": 0.0, "solution": 0.0}
    if _RETURNS.search(words):
        weights["consequences"] = min(weights["consequences"], _HINT)
    weights["solution"] += _TASK_WEIGHT * task
    return weights


def sections(heading: Sequence[str]) -> frozenset[PartName]:
    """The parts that the two innermost headings announce."""
    return frozenset(p for p in PART_NAMES if any(_HEADINGS[p].search(text) for text in heading[-2:]))


def is_task(before: str) -> bool:
    """Whether what stands on a line before a statement makes it the item of a to-do list."""
    return bool(_TASK.match(before))
