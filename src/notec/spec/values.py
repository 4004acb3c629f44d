"""Values as people write them, as Python expressions."""

from __future__ import annotations

import ast
import json
import re

_LONGEST = 2_000  # characters of one expression
_NAMES = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_WORDS = {"истина": "True", "ложь": "False", "nothing": "None", "ничего": "None", "nil": "None"}
_TYPE_NAMES = """
int str float bool bytes list dict set tuple object any none void string number integer boolean array char
double long path iterator iterable sequence optional union
"""
_TYPES = frozenset(_TYPE_NAMES.split())
_QUOTES = (("«", "»"), ("“", "”"), ("„", "“"), ("‘", "’"))
_ERROR = re.compile(
    r"(?:(?:raises?|throws?|error|exception|fails?|ошибка|исключение|бросает|выбрасывает|падает)\b[:\s]*)"
    r"(?:(?:with|an?|the|с|ошибк\w+|исключени\w+)\s+)*`?([A-Za-z_]\w*)?`?"
    r"|`?([A-Z]\w*(?:Error|Exception|Exit|Interrupt))`?(?:\(.*\))?\b",
    re.IGNORECASE | re.DOTALL,
)


class _Plain(ast.NodeTransformer):
    """JSON's names for what Python calls True, False, None."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.copy_location(ast.Constant(_NAMES[node.id]), node) if node.id in _NAMES else node


def parsed(text: str) -> ast.expr | None:
    """The expression that a text is, or None."""
    if len(text) > _LONGEST or "\0" in text:
        return None
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def value(text: str, *, words: bool = False) -> str:
    """A value as a Python expression; empty where it is none.

    Args:
        words: bare words are a text (the cell of a table).
    """
    bare = text.strip()
    if len(bare) > 1 and bare.strip("`") != bare:
        bare = bare.strip("`").strip()
    if not bare or len(bare) > _LONGEST:
        return ""
    for left, right in _QUOTES:
        if bare[0] == left and bare[-1] == right and right not in bare[1:-1]:
            return repr(bare[1:-1])
    if re.fullmatch(r"[-+−]?\d+,\d+", bare):  # a decimal comma
        return bare.replace(",", ".").replace("−", "-")
    if re.fullmatch(r"−\d+(?:\.\d+)?", bare):
        return "-" + bare[1:]
    if bare.lower() in _WORDS:
        return _WORDS[bare.lower()]
    node = parsed(bare)
    if node is not None:
        node = _Plain().visit(node)
        if is_literal(node):
            return ast.unparse(ast.fix_missing_locations(node))
    try:
        return repr(json.loads(bare))
    except (ValueError, RecursionError):
        pass
    if words and bare.lower() not in _TYPES:
        return repr(bare)
    return ""


def is_literal(node: ast.expr) -> bool:
    """Made of constants alone, or of calls whose arguments are."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return all(map(is_literal, node.elts))
    if isinstance(node, ast.Dict):
        return all(
            k is not None and is_literal(k) and is_literal(v)
            for k, v in zip(node.keys, node.values, strict=True)
        )
    if isinstance(node, ast.UnaryOp):
        return is_literal(node.operand)
    if isinstance(node, ast.BinOp):
        return is_literal(node.left) and is_literal(node.right)
    if isinstance(node, ast.Call):
        return _is_name(node.func) and all(map(is_literal, [*node.args, *(k.value for k in node.keywords)]))
    return False


def call(text: str) -> str:
    """A call whose arguments are values, as a Python expression; empty where it is none."""
    node = parsed(text)
    if not isinstance(node, ast.Call):
        return ""
    node = _Plain().visit(node)
    return ast.unparse(ast.fix_missing_locations(node)) if is_literal(node) else ""


def failure(text: str) -> str | None:
    """The exception that a text names, empty where it names none, and None where it speaks of no failure."""
    match = _ERROR.match(text.strip())
    if match is None:
        return None
    name = match[1] or match[2] or ""
    return name if re.fullmatch(r"[A-Z]\w*", name) else ""


def is_type(text: str) -> bool:
    """Whether it names a type rather than a value: `f(x) -> int` is a signature, no example."""
    return re.split(r"[\[|\s:]", text.strip().strip("`"), maxsplit=1)[0].lower() in _TYPES - {"none"}


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _is_name(node.value))
