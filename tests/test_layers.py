"""Lines that import-linter cannot draw: who may import which outside library, and what nobody does."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "notec"
# An outside library -> the packages in which it may be imported.
HOMES = {
    "httpcore": {"models", "engine"},
    "sqlite3": {"store", "index", "app"},
    "subprocess": {"engine", "passes"},
    "tantivy": {"index"},
    "qdrant_client": {"index"},
    "xllamacpp": {"models", "engine"},
    "onnxruntime": {"models"},
    "tokenizers": {"models"},
    "pint": {"facts"},
    "pymorphy3": {"facts"},
    "Stemmer": {"facts"},
    "yaml": {"vault"},
    "rich": {"front"},
    "argparse": {"front"},
    "watchfiles": {"index"},
    "platformdirs": {"app"},
    "tomllib": {"app", "engine"},
    "pypdf": {"vault"},
    "docx": {"vault"},
    "bs4": {"vault"},
    "starlette": {"front"},
    "markdown_it": {"front"},
    "uvicorn": {"front"},
    "aiohttp": {"front"},
    "mcp": {"front"},
    "json_repair": {"passes"},
    "requests": set(),
    "httpx": set(),
    "urllib.request": set(),
}


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno


FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_libraries_stay_in_their_homes(path: Path) -> None:
    package = path.relative_to(SOURCE).parts[0]
    for name, line in imports(path):
        for library, homes in HOMES.items():
            if name == library or name.startswith(library + "."):
                assert package in homes, (
                    f"{path.name}:{line} imports {library}, which lives in {sorted(homes)}"
                )


def test_core_needs_the_standard_library_alone() -> None:
    for path in (SOURCE / "core").glob("*.py"):
        for name, line in imports(path):
            top = name.split(".", 1)[0]
            assert top in sys.stdlib_module_names or name.startswith("notec.core"), (
                f"{path.name}:{line}: {name}"
            )


def test_every_package_says_what_it_is_and_what_it_must_not_know() -> None:
    for folder in sorted(p for p in SOURCE.iterdir() if (p / "__init__.py").exists()):
        said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
        assert "Must not know:" in said, folder.name


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    """Except the inline scanner, which is one automaton."""
    long = {p.name: n for p in FILES if (n := p.read_text(encoding="utf-8").count("\n")) > 400}
    assert set(long) <= {"inline.py"}, long
