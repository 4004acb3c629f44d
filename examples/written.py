"""What the recorded model says: hand-written replies to the questions of a compilation of "Will it fit?".

`record.py` writes them down as `replies.jsonl`, so that the demo runs without a model.
"""

from __future__ import annotations

import json
from typing import Any

from notec.models import Request

# what each statement demands, by how it begins: text and kind; a statement that is not here demands nothing
DEMANDS = {
    "`weights_gb(": (
        "weights_gb(parameters, bits) must return the size of the weights in GB, rounded to one decimal: "
        "billions of parameters times bits per weight, divided by eight.",
        "function",
    ),
    "`verdict(": (
        "verdict(weights, vram, ram) must return one of three words: fits, tight, too big.",
        "function",
    ),
    "It is `tight`": (
        "It is tight when less than 10 GB stay free, and too big when nothing stays free.",
        "constraint",
    ),
    "Если параметры": (
        "Если параметры, биты, вес или память отрицательны, программа должна бросать ValueError.",
        "constraint",
    ),
    "`night_cost(": (
        "night_cost(watts, hours, price_per_kwh) возвращает цену ночи в евро и всегда округляет её "
        "до двух знаков.",
        "function",
    ),
}
COMPONENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "memory": ("How large a model is, and whether it fits.", ("weights", "tight", "ValueError")),
    "money": ("What a night of computing costs.", ("night_cost",)),
}
FLOAT = "float"
INTERFACES: dict[str, list[dict[str, Any]]] = {
    "memory": [
        {
            "name": "weights_gb",
            "parameters": [{"name": "parameters", "type": FLOAT}, {"name": "bits", "type": FLOAT}],
            "returns": FLOAT,
            "purpose": "The size of the weights in GB.",
            "words": ("weights_gb(", "ValueError"),
        },
        {
            "name": "verdict",
            "parameters": [
                {"name": "weights", "type": FLOAT},
                {"name": "vram", "type": FLOAT},
                {"name": "ram", "type": FLOAT},
            ],
            "returns": "str",
            "purpose": "Whether the weights fit into VRAM and RAM together.",
            "words": ("verdict(", "tight when", "ValueError"),
        },
    ],
    "money": [
        {
            "name": "night_cost",
            "parameters": [
                {"name": "watts", "type": FLOAT},
                {"name": "hours", "type": FLOAT},
                {"name": "price_per_kwh", "type": FLOAT},
            ],
            "returns": FLOAT,
            "purpose": "Сколько стоит ночь, в евро.",
            "words": ("night_cost(",),
        },
    ],
}
# the steps of each function: text, depth, words of the requirement that it carries out
STEPS: dict[str, list[tuple[str, int, str]]] = {
    "weights_gb": [
        ("if parameters or bits is negative, raise ValueError", 0, "ValueError"),
        ("multiply parameters by bits and divide by eight", 0, "weights_gb("),
        ("round to one decimal and return it", 0, "weights_gb("),
    ],
    "verdict": [
        ("if weights, vram or ram is negative, raise ValueError", 0, "ValueError"),
        ("free is vram plus ram minus weights", 0, "tight when"),
        ("if nothing stays free, return `too big`", 0, "tight when"),
        ("if free is less than 10, return `tight`", 0, "tight when"),
        ("otherwise return `fits`", 0, "verdict("),
    ],
}
BODIES = {
    "weights_gb": """\
# {0}
if parameters < 0 or bits < 0:
    raise ValueError("parameters and bits cannot be negative")
# {1}
size = parameters * bits / 8
# {2}
return round(size, 1)""",
    "verdict": """\
# {0}
if weights < 0 or vram < 0 or ram < 0:
    raise ValueError("weights and memory cannot be negative")
# {1}
free = vram + ram - weights
# {2}
if free <= 0:
    return "too big"
# {3}
if free < 10:
    return "tight"
# {4}
return "fits\"""",
    "night_cost": """\
# {0}
energy = watts / 1000 * hours
# {1}
return round(energy * price_per_kwh, 2)""",
}
# a test for a requirement that no example shows
TESTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("Если параметры", {"function": "verdict", "call": "verdict(125, -1, 132)", "expected": "ValueError"}),
    ("It is tight when", {"function": "verdict", "call": "verdict(218.5, 96, 132)", "expected": "'tight'"}),
    (
        "night_cost(",
        {"function": "night_cost", "call": "night_cost(1000, 10, 0.25)", "expected": "2.5"},
    ),
)


def answer(request: Request) -> str:
    """The reply to one question.

    Raises:
        KeyError: nothing is written down for it.
    """
    step, _, _ = request.purpose.partition(" ")
    shown = _sections(request.messages[-1].content)
    makers = {
        "requirement": _requirement,
        "components": _components,
        "interface": _interface,
        "steps": _steps,
        "body": _body,
        "test": _test,
    }
    return json.dumps(makers[step](shown), ensure_ascii=False)


def _sections(text: str) -> dict[str, Any]:
    """What the prompt shows, by name."""
    out: dict[str, Any] = {}
    for part in text.split("\n\n"):
        name, _, value = part.partition(":\n")
        try:
            out[name] = json.loads(value)
        except ValueError:
            out[name] = value
    return out


def _ids(requirements: list[dict[str, Any]], words: tuple[str, ...]) -> list[str]:
    return [r["id"] for r in requirements if any(w in r["text"] for w in words)]


def _requirement(shown: dict[str, Any]) -> Any:
    statement = shown["Statement"].removeprefix("- ")
    return {
        "requirements": [
            {"quote": statement, "text": text, "kind": kind, "priority": "must"}
            for start, (text, kind) in DEMANDS.items()
            if statement.startswith(start)
        ]
    }


def _components(shown: dict[str, Any]) -> Any:
    return {
        "components": [
            {"name": n, "purpose": purpose, "requirements": _ids(shown["Requirements"], words), "needs": []}
            for n, (purpose, words) in COMPONENTS.items()
        ]
    }


def _interface(shown: dict[str, Any]) -> Any:
    functions = []
    for each in INTERFACES[shown["Component"]]:
        ids = _ids(shown["Requirements"], each["words"])
        functions.append({k: v for k, v in each.items() if k != "words"} | {"requirements": ids})
    return {"types": [], "functions": functions}


def _steps(shown: dict[str, Any]) -> Any:
    name = shown["Function"].split("(")[0]
    return {
        "steps": [
            {"text": text, "depth": depth, "requirements": _ids(shown["Requirements"], (words,))}
            for text, depth, words in STEPS[name]
        ]
    }


def _body(shown: dict[str, Any]) -> Any:
    name = shown["signature"].removeprefix("def ").split("(")[0]
    ids = [line.split()[0] for line in shown["steps"]]
    return {"code": BODIES[name].format(*ids)}


def _test(shown: dict[str, Any]) -> Any:
    for start, test in TESTS:
        if start in shown["requirement"]["text"]:
            return {"before": [], "raises": "Error" in test["expected"], **test}
    raise KeyError(shown["requirement"]["text"])
