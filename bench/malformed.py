"""Malformed replies: how many are read without asking again, and whether anything wrong gets in.

    python bench/malformed.py [--seed N] [--replies N]

Makes replies to the product's own slots, breaks each in one of the ways that models break them, and reads
them with the product's own code. Keys: `replies`, `salvaged`, `by_kind`, `crashes`, `wrongly_typed`, `same`
(the value is the one that was meant, where nothing was lost).
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from notec.passes import architecture, code, extract, interface, pseudocode
from notec.passes.salvage import salvage

WORDS = [
    "count",
    "words",
    "file",
    "report",
    "user",
    "date",
    "sum",
    "слова",
    "файл",
    "отчёт",
    "сумма",
    "письмо",
]
NAMES = """
requirements требования quote цитата text текст kind вид priority приоритет name имя purpose назначение
steps шаги depth глубина code код needs зависимости components компоненты functions функции types типы
parameters параметры type тип returns возвращает fields поля
"""
_NAMES = NAMES.split()
RUSSIAN = dict(zip(_NAMES[::2], _NAMES[1::2], strict=True))


def sentence(draw: random.Random) -> str:
    return " ".join(draw.choices(WORDS, k=draw.randint(3, 9))).capitalize() + "."


def requirement(draw: random.Random) -> dict[str, Any]:
    items = [
        {
            "quote": sentence(draw),
            "text": sentence(draw),
            "kind": draw.choice(["function", "constraint", "prohibition", "data", "interface", "quality"]),
            "priority": draw.choice(["must", "should", "may"]),
        }
        for _ in range(draw.randint(1, 3))
    ]
    return {"requirements": items}


def steps(draw: random.Random) -> dict[str, Any]:
    items = [
        {
            "text": sentence(draw),
            "depth": min(n, draw.randint(0, 2)),
            "requirements": [f"R{draw.randint(1, 9)}"],
        }
        for n in range(draw.randint(2, 6))
    ]
    return {"steps": items}


def body(draw: random.Random) -> dict[str, Any]:
    lines = [
        "words = text.split()",
        "if not words:",
        '    return {"a": "b"}',
        "return len(words)  # it's done",
    ]
    return {"code": "\n".join(draw.choice([lines, lines[3:], ["import re", *lines]]))}


def components(draw: random.Random) -> dict[str, Any]:
    names = draw.sample(["counting", "storage", "report", "reading"], k=2)
    items = [
        {"name": n, "purpose": sentence(draw), "requirements": [f"R{i}", f"R{i + 3}"], "needs": names[:i]}
        for i, n in enumerate(names)
    ]
    return {"components": items}


def signatures(draw: random.Random) -> dict[str, Any]:
    function = {
        "name": draw.choice(["count_words", "load", "total"]),
        "parameters": [{"name": "text", "type": "str"}, {"name": "limit", "type": "int"}],
        "returns": draw.choice(["int", "list[str]", "dict[str, int]"]),
        "purpose": sentence(draw),
        "requirements": ["R1"],
    }
    kind = {
        "name": "Item",
        "fields": [{"name": "a", "type": "int"}],
        "purpose": sentence(draw),
        "requirements": [],
    }
    return {"types": [kind], "functions": [function]}


SLOTS: list[tuple[Callable[[random.Random], dict[str, Any]], Any]] = [
    (requirement, extract.SCHEMA),
    (steps, pseudocode.SCHEMA),
    (body, code.SCHEMA),
    (components, architecture.COMPONENTS),
    (signatures, interface.SCHEMA),
]


def renamed(value: Any, names: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {names(k): renamed(v, names) for k, v in value.items()}
    return [renamed(v, names) for v in value] if isinstance(value, list) else value


def python_like(value: Any) -> str:
    return repr(value)


def unquoted(text: str) -> str:
    return re.sub(r'"(\w+)":', r"\1:", text)


def trailing(value: Any) -> str:
    """JSON with a comma after each last item."""
    if isinstance(value, dict):
        return "{" + "".join(f"{json.dumps(k)}: {trailing(v)}, " for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + "".join(f"{trailing(v)}, " for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def only_list(value: dict[str, Any]) -> str:
    lists = [v for v in value.values() if isinstance(v, list)]
    return json.dumps(lists[0] if len(value) == 1 and lists else value, ensure_ascii=False)


def first_of_list(value: dict[str, Any]) -> str:
    lists = [v for v in value.values() if isinstance(v, list)]
    return json.dumps(lists[0][0] if len(value) == 1 and lists else value, ensure_ascii=False)


def loose_types(value: Any) -> Any:
    """Numbers as words, a list of one as the thing, nothing as null."""
    if isinstance(value, dict):
        return {k: loose_types(v) for k, v in value.items()}
    if isinstance(value, list):
        return value[0] if len(value) == 1 and isinstance(value[0], str) else [loose_types(v) for v in value]
    return str(value) if isinstance(value, int) else value


def cut(draw: random.Random, text: str) -> str:
    return text[: draw.randint(max(len(text) * 2 // 5, 1), len(text) - 1)]


LOSSLESS: dict[str, Callable[[random.Random, dict[str, Any], str], str]] = {
    "fence": lambda d, v, t: f"```json\n{t}\n```",
    "bare fence": lambda d, v, t: f"```\n{t}\n```\n",
    "open fence": lambda d, v, t: f"```json\n{t}",
    "text before": lambda d, v, t: f"Sure! Here is the JSON you asked for (see [1]):\n\n{t}",
    "text after": lambda d, v, t: f"{t}\n\nI hope this helps! Let me know {{if}} anything is missing.",
    "russian around": lambda d, v, t: (
        f"Конечно! Вот ответ:\n```json\n{t}\n```\nЕсли нужно, уточню {{детали}}."
    ),
    "think": lambda d, v, t: f'<think>\nThe user wants {{"a": 1}}. Hmm.\n</think>\n\n{t}',
    "stray think end": lambda d, v, t: f'maybe {{"requirements": []}} ...\n</think>\n{t}',
    "thinking tag": lambda d, v, t: f"<thinking>so [1, 2]</thinking>{t}",
    "indented": lambda d, v, t: json.dumps(v, ensure_ascii=False, indent=4),
    "escaped": lambda d, v, t: json.dumps(v),
    "trailing comma": lambda d, v, t: trailing(v),
    "single quotes": lambda d, v, t: python_like(v),
    "unquoted keys": lambda d, v, t: unquoted(t),
    "comments": lambda d, v, t: json.dumps(v, ensure_ascii=False, indent=1).replace("{\n", "{ // here\n", 1),
    "smart quotes": lambda d, v, t: t.replace('{"', "{“").replace('":', "”:") if '\\"' not in t else t,
    "json in a string": lambda d, v, t: json.dumps(t),
    "wrapped": lambda d, v, t: json.dumps({"result": v}, ensure_ascii=False),
    "in a list": lambda d, v, t: f"[{t}]",
    "list alone": lambda d, v, t: only_list(v),
    "upper keys": lambda d, v, t: json.dumps(renamed(v, str.upper), ensure_ascii=False),
    "title keys": lambda d, v, t: json.dumps(renamed(v, str.title), ensure_ascii=False),
    "russian keys": lambda d, v, t: json.dumps(renamed(v, lambda k: RUSSIAN.get(k, k)), ensure_ascii=False),
    "extra keys": lambda d, v, t: json.dumps(v | {"confidence": 0.9, "notes": None}, ensure_ascii=False),
    "loose types": lambda d, v, t: json.dumps(loose_types(v), ensure_ascii=False),
    "raw line ends": lambda d, v, t: t.replace("\\n", "\n"),
    "byte order mark": lambda d, v, t: "\ufeff" + t,
    "special tokens": lambda d, v, t: f"<|start|>{t}<|im_end|></s>",
    "missing end": lambda d, v, t: t[:-1],
    "missing start": lambda d, v, t: t[1:],
    "twice": lambda d, v, t: f"{t}\n{t}",
    "draft first": lambda d, v, t: f"For example {{}} would be wrong.\n{t}",
    "windows line ends": lambda d, v, t: json.dumps(v, ensure_ascii=False, indent=2).replace("\n", "\r\n"),
}
LOSSY: dict[str, Callable[[random.Random, dict[str, Any], str], str]] = {
    "cut": lambda d, v, t: cut(d, t),
    "cut in a fence": lambda d, v, t: "```json\n" + cut(d, json.dumps(v, ensure_ascii=False, indent=2)),
    "one item alone": lambda d, v, t: first_of_list(v),
    "nan": lambda d, v, t: re.sub(r'"(depth)": \d', r'"\1": NaN', t),
    "wrong enum": lambda d, v, t: t.replace('"must"', '"обязательно"').replace('"function"', '"функция"'),
    "empty": lambda d, v, t: d.choice(["", "  \n", "<think>hm</think>", "I cannot help with that."]),
}
SHARE_EMPTY = 0.03  # of all replies; nothing can be read out of nothing


def fits(value: Any, schema: Any) -> bool:
    """Whether a value is what the schema says, to the letter."""
    if "enum" in schema:
        return value in schema["enum"]
    kind = schema.get("type")
    if kind == "object":
        known = schema["properties"]
        return (
            isinstance(value, dict)
            and set(schema.get("required", ())) <= set(value) <= set(known)
            and all(fits(v, known[k]) for k, v in value.items())
        )
    if kind == "array":
        return isinstance(value, list) and all(fits(v, schema["items"]) for v in value)
    types = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}
    return isinstance(value, types[kind]) and (kind in ("boolean",) or not isinstance(value, bool))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--replies", type=int, default=600)
    parser.add_argument("--show", action="store_true", help="show what was not read")
    options = parser.parse_args()
    draw = random.Random(options.seed)
    kinds = [*LOSSLESS, *(k for k in LOSSY if k != "empty")]
    tried: Counter[str] = Counter()
    read: Counter[str] = Counter()
    counts: dict[str, int] = defaultdict(int)
    for number in range(options.replies):
        kind = "empty" if draw.random() < SHARE_EMPTY else kinds[number % len(kinds)]
        make, schema = SLOTS[draw.randrange(len(SLOTS))]
        value = make(draw)
        text = (LOSSLESS.get(kind) or LOSSY[kind])(draw, value, json.dumps(value, ensure_ascii=False))
        tried[kind] += 1
        try:
            found = salvage(text, schema)
        except ValueError as error:
            if options.show:
                print(f"{kind}: {error}\n  {text[:300]!r}", file=sys.stderr)
            continue
        except Exception as error:  # noqa: BLE001  a crash is what is counted
            counts["crashes"] += 1
            print(f"crash: {kind}: {error!r}: {text[:200]!r}", file=sys.stderr)
            continue
        read[kind] += 1
        counts["wrongly_typed"] += not fits(found, schema)
        if kind in LOSSLESS:
            counts["lossless"] += 1
            counts["same"] += found == value
            if options.show and found != value:
                print(f"{kind}: another value\n  {text[:300]!r}\n  {found!r:.300}", file=sys.stderr)
    total = sum(tried.values())
    print(
        json.dumps(
            {
                "replies": total,
                "salvaged": round(sum(read.values()) / total, 4),
                "by_kind": {k: f"{read[k]}/{n}" for k, n in sorted(tried.items())},
                "crashes": counts["crashes"],
                "wrongly_typed": counts["wrongly_typed"],
                "same": round(counts["same"] / max(counts["lossless"], 1), 4),
            },
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main()
