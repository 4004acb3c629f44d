"""Reads what a model wrote for the inside of a function, and what is wrong with it at a glance.

The check is light: names exist, calls fit their signatures, something is returned where something is
promised. It also refuses what no function of a user's program has to do: change what stands outside of it,
look into the interpreter, or swallow a failing check.

Must not know: who wrote it, how it is run.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator, Sequence

from notec.passes.ir import Body, Function, Procedure
from notec.passes.python.layout import assembled, names_in
from notec.passes.python.names import MODULES, Surroundings, free_names
from notec.passes.python.text import double_quoted, tidy, tokens_of

_LONGEST = 200  # lines
_FENCE = re.compile(r"```[\w+-]*[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_MARK = re.compile(
    r"#+\s*(?:step\s*|шаг\s*)?(?:(?P<id>\w+\.\d+(?:\.\d+)*)|(?P<number>\d+))\b[ \t:.)—-]*", re.IGNORECASE
)
_LINE_ENDS = {ord(c): c.encode("unicode_escape").decode() for c in "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"}
_CLASSES_MAY = frozenset("__init__ __post_init__ __lt__ __iter__ __next__ __enter__ __exit__ __len__".split())
_SWALLOWS = frozenset({"AssertionError", "BaseException", "SystemExit", "KeyboardInterrupt", "GeneratorExit"})
_PLAIN = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,), "bytes": (bytes,)}
_DISPLAYS: dict[type, str] = {ast.List: "list", ast.Dict: "dict", ast.Set: "set", ast.Tuple: "tuple"}


def read_body(text: str, function: Function, procedure: Procedure | None) -> Body:
    """The body in a reply: a fence, the signature and marks of steps are taken off, the layout is put right.

    Raises:
        ValueError: it is no Python, or nothing; says what to mend.
    """
    fenced = _FENCE.search(text)
    bare = (fenced.group(1) if fenced else text).replace("\r\n", "\n").replace("\t", "    ").strip("\n")
    bare = bare.translate(_LINE_ENDS)
    steps = [s.id for s in procedure.steps] if procedure else []
    if not bare.strip():
        raise ValueError("it is empty")
    lines = _inside(tidy(_first_indented(bare.rstrip().split("\n"))), function)
    marked = list(_marked(lines, steps))
    while marked and not marked[0][0].strip():
        marked.pop(0)
    if not marked:
        raise ValueError("it is empty")
    if len(marked) > _LONGEST:
        raise ValueError(f"it has more than {_LONGEST} lines")
    if any("\ud800" <= char <= "\udfff" for char in bare):
        raise ValueError("it has characters that cannot be written")
    code = double_quoted("\n".join(tidy([line for line, _ in marked])))
    body = Body(function.id, code, tuple(step or function.id for _, step in marked))
    if _does_nothing(_tree(function, body.code)):
        raise ValueError("it does nothing")
    return body


def _inside(lines: list[str], function: Function) -> list[str]:
    """The lines of the body, where the reply has the whole function; helpers before it go inside."""
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return lines
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == function.name:
            stands = (s.value for s in node.body[:1] if isinstance(s, ast.Expr))
            has_doc = any(isinstance(v, ast.Constant) and isinstance(v.value, str) for v in stands)
            if has_doc and len(node.body) == 1:
                return []
            start = node.body[0].end_lineno or 0 if has_doc else _header_end(node)
            first = min((d.lineno for d in node.decorator_list), default=node.lineno)
            before = [line for line in lines[: first - 1] if not line.startswith("from __future__")]
            own = tidy(lines[start : node.end_lineno])
            return [*before, *own]
    return lines


def _first_indented(lines: list[str]) -> list[str]:
    """With the first line as far in as the next, where it lost its indentation on the way."""
    inner = next((line for line in lines[1:] if line.strip()), "")
    in_by = len(inner) - len(inner.lstrip())
    opens = lines[0].partition("#")[0].rstrip().endswith((":", "(", "[", "{", ",", "\\"))
    if in_by and lines[0][:1].strip() and not opens and not lines[0].startswith(("#", "@", "def ")):
        return [" " * in_by + lines[0], *lines[1:]]
    return lines


def _header_end(node: ast.FunctionDef) -> int:
    """The line of the colon that ends the signature; comments between it and the body are the body's."""
    last = node.returns or max([*node.args.args, *node.args.kwonlyargs], key=lambda a: a.lineno, default=None)
    at = (last.end_lineno or node.lineno) if last is not None else node.lineno
    return min(max(at, node.lineno), node.body[0].lineno - 1) if node.body[0].lineno > at else at - 1


def _marked(lines: list[str], steps: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each line of code with its step; marks are comments, on a line of their own or behind the code."""
    comments: dict[int, tuple[int, str]] = {}
    for token in tokens_of("\n".join(lines) + "\n"):
        if token.type == tokenize.COMMENT:
            comments[token.start[0]] = (token.start[1], token.string)
    now = steps[0] if len(steps) == 1 else ""
    for number, line in enumerate(lines, 1):
        column, said = comments.get(number, (0, ""))
        mark = _MARK.match(said)
        name = (mark["id"] or _numbered(steps, mark["number"])) if mark else ""
        if mark is None or name not in steps:
            yield line, now
        elif line[:column].strip():  # behind the code: this line alone
            yield line[:column].rstrip(), name
        else:
            now = name


def _numbered(steps: Sequence[str], number: str) -> str:
    return next((s for s in steps if s.rpartition(".")[2] == number), "")


def _tree(function: Function, code: str) -> ast.FunctionDef:
    try:
        tree = ast.parse(assembled(function, code))
        compile(tree, function.name, "exec", dont_inherit=True)
    except SyntaxError as error:
        line = f" in `{error.text.strip():.80}`" if error.text else ""
        raise ValueError(f"it is no Python: {error.msg}{line}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"it is no Python: {error}") from None
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        raise ValueError("it leaves the function")
    return tree.body[0]


def _does_nothing(tree: ast.FunctionDef) -> bool:
    for node in tree.body:
        if isinstance(node, ast.Pass) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            continue
        if isinstance(node, ast.Raise) and node.exc and "NotImplementedError" in ast.unparse(node.exc):
            continue
        return False
    return True


def problem(body: Body, function: Function, around: Surroundings) -> str:
    """What is wrong with a body, in one sentence; empty where nothing is seen."""
    try:
        tree = _tree(function, body.code)
        return next((p for p in _problems(tree, function, around) if p), "")
    except (ValueError, RecursionError) as error:
        return str(error)


def _problems(tree: ast.FunctionDef, function: Function, around: Surroundings) -> Iterator[str]:
    source = ast.unparse(tree)
    for node in ast.walk(tree):
        yield _forbidden(node)
    modules = {
        n.value.id for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
    }
    outside = set(free_names("from __future__ import annotations\n" + source))
    for name in sorted(outside - {function.name}):
        if around.find(name, as_module=name in modules) is None:
            yield f"it uses `{name}`, which is not there"
    yield from _changes_outside(tree, outside | {function.name})
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield _call(node, outside | {function.name}, around)
    yield from _returns(tree, function)
    names = {p.name for p in function.parameters}
    if names and not any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(tree)):
        yield "it does not look at what it is given"


def _forbidden(node: ast.AST) -> str:
    match node:
        case ast.Global():
            return "it keeps state in a global name"
        case ast.Attribute() if node.attr.startswith("__") or node.attr in ("gi_frame", "f_back", "tb_frame"):
            return f"it reaches for `{node.attr}`"
        case ast.Name() if node.id.startswith("__"):
            return f"it reaches for `{node.id}`"
        case ast.FunctionDef() if node.name.startswith("__") and node.name not in _CLASSES_MAY:
            return f"it defines `{node.name}`"
        case ast.ExceptHandler(type=None):
            return "it catches every exception: name those that are meant"
        case ast.ExceptHandler(type=ast.expr() as kind):
            caught = {n.id for n in ast.walk(kind) if isinstance(n, ast.Name)} & _SWALLOWS
            return f"it catches {min(caught)}" if caught else ""
        case ast.Import():
            bad = next((a.name for a in node.names if a.name not in MODULES), "")
            return f"it imports `{bad}`, which is not there" if bad else ""
        case ast.ImportFrom():
            known = node.module in MODULES and not node.level and all(a.name != "*" for a in node.names)
            return "" if known else f"it imports from `{node.module or '.'}`, which is not there"
        case ast.Raise(exc=ast.expr() as raised) if "SystemExit" in ast.unparse(raised):
            return "it ends the program"
        case ast.AsyncFunctionDef() | ast.Await():
            return "it is asynchronous"
    return ""


def _changes_outside(tree: ast.FunctionDef, outside: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, (ast.Store, ast.Del)):
            base: ast.expr = node
            while isinstance(base, (ast.Attribute, ast.Subscript)):
                base = base.value
            if isinstance(base, ast.Name) and base.id in outside:
                yield f"it changes `{ast.unparse(node)}`, which is not its own"


def _call(node: ast.Call, outside: set[str], around: Surroundings) -> str:
    assert isinstance(node.func, ast.Name)
    name = node.func.id
    if name not in outside:
        return ""
    if name in around.functions:
        wanted = [p.name for p in around.functions[name].parameters]
        types = [p.type for p in around.functions[name].parameters]
    elif name in around.types:
        wanted = [p.name for p in around.types[name].fields]
        types = [p.type for p in around.types[name].fields]
    else:
        return ""
    if any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
        return ""
    named = [k.arg for k in node.keywords if k.arg]
    unknown = [n for n in named if n not in wanted]
    if unknown or len(node.args) + len(named) != len(wanted) or set(named) & set(wanted[: len(node.args)]):
        return f"it calls `{ast.unparse(node):.80}`, but the call is {name}({', '.join(wanted)})"
    given = [
        *zip(node.args, types, strict=False),
        *((k.value, types[wanted.index(k.arg or "")]) for k in node.keywords),
    ]
    for value, kind in given:
        if not _fits(value, kind):
            return (
                f"it calls `{ast.unparse(node):.80}`, where {kind} is wanted, not `{ast.unparse(value):.40}`"
            )
    return ""


def _returns(tree: ast.FunctionDef, function: Function) -> Iterator[str]:
    own = list(_own_nodes(tree))
    returned = [n.value for n in own if isinstance(n, ast.Return)]
    yields = any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own)
    wanted = function.returns.strip() or "None"
    if wanted == "None":
        if any(v is not None and not (isinstance(v, ast.Constant) and v.value is None) for v in returned):
            yield "it returns a value, but the signature says None"
        return
    optional = "None" in _words(wanted) or "Any" in names_in(wanted) or "Optional" in names_in(wanted)
    if (
        not yields
        and not any(v is not None for v in returned)
        and not any(isinstance(n, ast.Raise) for n in own)
    ):
        yield f"it returns nothing, but the signature says {wanted}"
    for value in returned:
        if (
            not optional
            and not yields
            and (value is None or (isinstance(value, ast.Constant) and value.value is None))
        ):
            yield f"it returns None, but the signature says {wanted}"
        if value is not None and not _fits(value, wanted):
            yield f"it returns `{ast.unparse(value):.40}`, but the signature says {wanted}"


def _words(annotation: str) -> set[str]:
    """Names, and None, in an annotation."""
    nodes = ast.walk(ast.parse(annotation, mode="eval"))
    return {
        "None" if isinstance(n, ast.Constant) and n.value is None else getattr(n, "id", "") for n in nodes
    }


def _own_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Its nodes without those of functions inside of it."""
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            yield child
            yield from _own_nodes(child)


def _fits(value: ast.expr, annotation: str) -> bool:
    """False where a literal cannot be of a plain type; everything else may be."""
    wanted = annotation.strip()
    root = wanted.split("[")[0]
    if isinstance(value, ast.Constant) and wanted in _PLAIN:
        if isinstance(value.value, bool) and wanted != "bool":
            return False
        return value.value is None or isinstance(value.value, _PLAIN[wanted])
    if isinstance(value, ast.JoinedStr):
        return wanted not in _PLAIN or wanted == "str"
    shape = _DISPLAYS.get(type(value))
    if shape and "|" not in wanted and (root in _PLAIN or root in _DISPLAYS.values()):
        return root == shape
    if isinstance(value, ast.Constant) and root in _DISPLAYS.values() and "|" not in wanted:
        return value.value is None
    return True
