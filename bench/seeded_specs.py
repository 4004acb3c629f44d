"""Plants for `seeded.py` that are notes of their own: specs and what is wrong in them, unlinked notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

HUB = "qz hub"  # every planted note links here, so that it is no orphan
SEE = f"\n[[{HUB}]]\n"


class Sown(NamedTuple):
    """Files for a folder of their own; the defect is on a line of one of them, 0 for a look-alike."""

    code: str
    files: tuple[tuple[str, str], ...]
    file: str
    line: int


_DEEDS_EN = (
    "The program must {} every note of the {} folder.", "The tool shall {} each page of the {} archive.",
    "The server must {} all letters of the {} box.",
)  # fmt: skip
_DEEDS_RU = (
    "Программа должна {} каждую заметку папки «{}».", "Сервер обязан {} все письма ящика «{}».",
    "Система должна {} любую страницу архива «{}».",
)  # fmt: skip
_VERBS_EN = ("list", "copy", "print", "count", "pack", "sort", "send", "show", "store", "check")
_VERBS_RU = (
    "показать",
    "скопировать",
    "напечатать",
    "посчитать",
    "упаковать",
    "отправить",
    "проверить",
    "сохранить",
)
_THINGS_EN = (
    "winter",
    "harbour",
    "garden",
    "violin",
    "kitchen",
    "meadow",
    "attic",
    "bridge",
    "orchard",
    "cellar",
)
_THINGS_RU = ("зима", "гавань", "сад", "скрипка", "кухня", "луг", "чердак", "мост", "погреб", "роща")
_PRAISE_EN = ("fast", "convenient", "intuitive", "user-friendly", "flexible", "efficient", "robust", "easy")
_PRAISE_RU = (
    "быстрым",
    "удобным",
    "понятным",
    "гибким",
    "надёжным",
    "красивым",
    "современным",
    "эффективным",
)
_EXAMPLE = {True: "\nПример: `f(1) = 2`\n", False: "\nExample: `f(1) = 2`\n"}


class Sower:
    """Makes specs, each with words of its own."""

    def __init__(self, random: Random) -> None:
        self.random, self.number = random, 0

    def deed(self, russian: bool) -> str:
        """A requirement that nothing else demands."""
        self.number += 1
        forms, verbs, things = (
            (_DEEDS_RU, _VERBS_RU, _THINGS_RU) if russian else (_DEEDS_EN, _VERBS_EN, _THINGS_EN)
        )
        pick = self.random.choice
        return pick(forms).format(pick(verbs), f"{pick(things)} qz{self.number}")

    def term(self, russian: bool) -> str:
        """An abbreviation that nobody uses."""
        self.number += 1
        letters = "ЩЖЪЭЫЮЦФШЧ" if russian else "QXZJVKWYFG"
        return "".join(letters[int(digit)] for digit in f"{self.number:05d}")


def spec(russian: bool, *lines: str, example: bool = True) -> str:
    """An idea with some lines; they begin on line 3."""
    head = "# Замысел\n" if russian else "# Idea\n"
    return head + "\n" + "".join(f"{line}\n" for line in lines) + (_EXAMPLE[russian] if example else "") + SEE


def examples(s: Sower, russian: bool) -> Iterator[Sown]:
    one, two = s.deed(russian), s.deed(russian)
    yield Sown("missing-example", (("qz-a.idea", spec(russian, one, two, example=False)),), "qz-a.idea", 3)
    yield Sown("missing-example", (("qz-a.idea", spec(russian, s.deed(russian), s.deed(russian))),), "", 0)


def praise(s: Sower, russian: bool) -> Iterator[Sown]:
    word = s.random.choice(_PRAISE_RU if russian else _PRAISE_EN)
    s.number += 1
    bad = f"Поиск по ящику qz{s.number} должен быть {word}."
    if not russian:
        bad = f"The search in the box qz{s.number} must be {word}."
    good = bad[:-1] + (f": ответ за {s.number + 1} мс." if russian else f": it answers in {s.number + 1} ms.")
    for line, at in ((bad, 5), (good, 0)):
        yield Sown(
            "unmeasurable-adjective",
            (("qz-a.idea", spec(russian, s.deed(russian), "", line)),),
            "qz-a.idea",
            at,
        )


def terms(s: Sower, russian: bool) -> Iterator[Sown]:
    for told in (False, True):
        term = s.term(russian)
        line = (
            f"Программа должна заполнять {term} за ночь."
            if russian
            else f"The program must fill the {term} by night."
        )
        said = (f"\n{term} — это очередь.\n" if russian else f"\n{term} is a queue.\n") if told else ""
        files = (("qz-a.idea", spec(russian, s.deed(russian), "", line) + said),)
        yield Sown("undefined-term", files, "qz-a.idea", 0 if told else 5)


def twice(s: Sower, russian: bool) -> Iterator[Sown]:
    same, other = s.deed(russian), s.deed(russian)
    again = same.replace("должна", "обязана").replace("must", "shall")
    yield Sown(
        "duplicate-requirement", (("qz-a.idea", spec(russian, f"- {same}", f"- {again}")),), "qz-a.idea", 4
    )
    third = s.deed(russian)
    yield Sown("duplicate-requirement", (("qz-a.idea", spec(russian, f"- {third}", f"- {other}")),), "", 0)


def tracing(s: Sower, russian: bool) -> Iterator[Sown]:
    prefix = s.random.choice(("ФТ-", "Т-", "REQ-") if russian else ("R-", "REQ-", "FR-"))
    word = "проверяет это" if russian else "checks this"
    ids = [f"{prefix}{n}" for n in s.random.sample(range(1, 90), 5)]
    head = "# Тесты\n\n" if russian else "# Tests\n\n"

    def stated() -> str:
        return spec(russian, *(f"- {i}: {s.deed(russian)}" for i in ids[:4]))

    def tests(*named: str) -> str:
        return head + "".join(f"- {i}: {word}\n" for i in named) + SEE

    lost = s.random.randrange(4)
    kept = [i for i in ids[:4] if i != ids[lost]]
    yield Sown(
        "uncovered-requirement", (("qz-s.idea", stated()), ("qz-t.md", tests(*kept))), "qz-s.idea", 3 + lost
    )
    yield Sown("uncovered-requirement", (("qz-s.idea", stated()), ("qz-t.md", tests(*ids[:4]))), "", 0)
    yield Sown("orphan-requirement", (("qz-s.idea", stated()), ("qz-t.md", tests(*ids))), "qz-t.md", 7)
    gone = tests(*ids[:4]) + f"\n{ids[4]} " + ("удалено\n" if russian else "was removed\n")
    yield Sown("orphan-requirement", (("qz-s.idea", stated()), ("qz-t.md", gone)), "", 0)
    deed = s.deed(russian)
    verbs = _VERBS_RU if russian else _VERBS_EN
    said = next(verb for verb in verbs if f" {verb} " in deed)
    changed = deed.replace(f" {said} ", f" {s.random.choice([v for v in verbs if v != said])} ")
    other = s.deed(russian)
    longer = other[:-1] + (" и записать это в журнал." if russian else " and write it to the log.")
    for one, text, at in ((deed, changed, 3), (other, longer, 0)):
        files = (
            ("qz-a.idea", spec(russian, f"- {ids[0]}: {one}")),
            ("qz-b.idea", spec(russian, f"- {ids[0]}: {text}")),
        )
        yield Sown("inconsistency", files, "qz-b.idea", at)


def orphans(s: Sower, russian: bool) -> Iterator[Sown]:
    text = f"{s.deed(russian)}\n".replace("должна", "умеет").replace("обязан", "умеет")
    text = text.replace("must", "can").replace("shall", "can")
    yield Sown("orphan-note", (("qz-a.md", text),), "qz-a.md", 1)
    yield Sown("orphan-note", (("qz-a.md", text + SEE),), "", 0)


_NEVER = (
    ("Qwen3", (45, 64, 100, 110, 150, 300)), ("Qwen-3", (50, 90, 110, 180)), ("Qwen2.5", (20, 50, 110, 200)),
    ("Llama 3.1", (13, 30, 110, 180)), ("Llama-2", (20, 50, 110)), ("Gemma 3", (40, 70, 110)),
    ("gpt-oss", (40, 70, 200, 300)), ("DeepSeek-V3", (100, 236, 400)), ("Llama 3.3", (8, 33, 140)),
)  # fmt: skip
_THERE = (
    "Qwen3-32B", "Qwen3-30B-A3B", "Qwen2.5-72B", "Llama 3.1 70B", "Llama-2-13B", "Gemma 3 27B",
    "gpt-oss-120b", "DeepSeek-V3 671B", "Qwen1.5-110B", "Qwen3-235B-A22B", "Qwen4-110B", "Llama 6 50B",
    "Qwen3-110B-MyOwnMerge", "bob/Qwen3-64B", "Grok 900B", "Gemma 5 70B", "Llama 70B",
    "Mixtral 8x22B", "Qwen3-Coder-480B-A35B",
)  # fmt: skip


def models(s: Sower, russian: bool) -> Iterator[Sown]:
    family, sizes = s.random.choice(_NEVER)
    never = (
        f"{family}{'-' if ' ' not in family and s.random.random() < 0.5 else ' '}{s.random.choice(sizes)}B"
    )
    s.number += 1
    for name, at in ((never, 2), (s.random.choice(_THERE), 0)):
        line = (
            f"Ночью запустим {name} на машине {s.number}."
            if russian
            else f"Tonight {name} runs on host {s.number}."
        )
        yield Sown(
            "unknown-model", (("qz-a.md", f"{'План' if russian else 'Plan'}\n{line}\n{SEE}"),), "qz-a.md", at
        )


SOWERS: tuple[Callable[[Sower, bool], Iterator[Sown]], ...] = (
    examples, praise, terms, twice, tracing, orphans, models,
)  # fmt: skip
