"""Names and types of signatures, as Python has them: what a model or a user wrote, put right or given up."""

from __future__ import annotations

import ast
import keyword
import re
import unicodedata

_KNOWN = {
    **dict.fromkeys(("string", "text", "char", "строка", "текст", "символ", "varchar"), "str"),
    **dict.fromkeys(("integer", "long", "number of", "целое", "цел", "uint", "size_t"), "int"),
    **dict.fromkeys(("number", "double", "real", "decimal number", "число", "вещ", "вещественное"), "float"),
    **dict.fromkeys(("boolean", "логическое", "лог", "flag", "флаг", "булево"), "bool"),
    **dict.fromkeys(("void", "nothing", "null", "nil", "ничего", "none"), "None"),
    **dict.fromkeys(("array", "vector", "list", "список", "массив"), "list"),
    **dict.fromkeys(("map", "dictionary", "hash", "object", "словарь", "json"), "dict"),
    **dict.fromkeys(("any", "unknown", "variant", "любое", "любой"), "Any"),
}
_TYPING = {name: name.lower() for name in ("List", "Dict", "Set", "Tuple", "FrozenSet", "Type")}
_NAMES = """
str int float bool bytes list dict set tuple frozenset object complex type None Any Callable Iterable Iterator
Sequence Mapping Literal Path datetime date time timedelta Decimal Fraction UUID
"""
BUILTIN = frozenset(_NAMES.split())
_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya".replace("_", "").split(
            " "
        ),
        strict=True,
    )
)


def identifier(name: str, *, kind: str = "snake") -> str:
    """A valid Python name for what somebody called it; empty where nothing is left.

    Args:
        kind: `snake` for functions, parameters and modules, `class` for data classes.
    """
    text = unicodedata.normalize("NFKC", name).strip().strip("`'\"()")
    text = re.sub(r"\(.*", "", text, flags=re.DOTALL).removesuffix(".py")
    text = re.sub(r"(?<=[a-zа-яё0-9])(?=[A-ZА-ЯЁ])", "_", text)
    words = [w for w in re.split(r"[\W_]+", text) if w]
    if kind == "class":
        made = "".join(w[:1].upper() + w[1:] for w in words)
    else:
        made = "_".join(w.lower() for w in words)
    if made and made[0].isdigit():
        made = "_" + made if kind == "snake" else "N" + made
    if keyword.iskeyword(made) or made in ("self", "cls"):
        made += "_"
    return made if made.isidentifier() else ""


def latin(name: str) -> str:
    """A name in Latin letters, for modules, whose files have to go over every file system."""
    return "".join(_CYRILLIC.get(c, c) for c in name.lower())


def annotation(text: str, types: frozenset[str] = frozenset()) -> str:
    """A type as a Python annotation; `Any` where it cannot be read or names what nobody knows.

    Args:
        types: names of the program's data classes.
    """
    bare = text.strip().strip("`'\"").rstrip("?").strip()
    optional = text.strip().endswith("?")
    if not bare:
        return "Any"
    made = _KNOWN.get(bare.lower(), bare)
    if bare in types:
        made = bare
    if (
        match := re.fullmatch(
            r"(?:list|array|sequence|список|массив) (?:of |из )?(\w+?)s?", bare, re.IGNORECASE
        )
    ) or (match := re.fullmatch(r"(\w+)\[\]", bare)):
        made = f"list[{annotation(match[1], types)}]"
    try:
        node = ast.parse(made, mode="eval").body
        shown = ast.unparse(ast.fix_missing_locations(_Read(types).visit(node)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "Any"
    return f"{shown} | None" if optional and shown != "Any" else shown


def is_annotation(text: str, types: frozenset[str]) -> bool:
    """Whether a type stands as `annotation` would write it."""
    return bool(text) and annotation(text, types) == text


class _Read(ast.NodeTransformer):
    """Known names only, of today's spelling.

    Raises:
        ValueError: it is no type.
    """

    def __init__(self, types: frozenset[str]) -> None:
        self._types = types

    def visit_Name(self, node: ast.Name) -> ast.AST:
        name = _TYPING.get(node.id, node.id)
        if name not in self._types and name not in BUILTIN:
            name = _KNOWN.get(name.lower(), "Any")
        return ast.Constant(None) if name == "None" else ast.Name(name)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self.visit(ast.Name(node.attr))  # type: ignore[no-any-return]

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        base = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
        if base == "Literal":
            return node
        inner = self.visit(node.slice)
        if base == "Optional":
            return ast.BinOp(inner, ast.BitOr(), ast.Constant(None))
        if base == "Union":
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            joined = parts[0]
            for part in parts[1:]:
                joined = ast.BinOp(joined, ast.BitOr(), part)
            return joined
        return ast.Subscript(self.visit(node.value), inner)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        allowed = (ast.Tuple, ast.List, ast.BinOp, ast.BitOr, ast.Constant, ast.Load)
        if not isinstance(node, allowed) or (
            isinstance(node, ast.BinOp) and not isinstance(node.op, ast.BitOr)
        ):
            raise ValueError("no type")
        if isinstance(node, ast.Constant) and node.value is not None and node.value is not Ellipsis:
            raise ValueError("no type")
        return super().generic_visit(node)
