"""`docs/rules/` is what the rules' own files say; `NOTEC_WRITE_DOCS=1` writes it anew."""

from __future__ import annotations

import os
from pathlib import Path

from notec.check import RULES
from notec.front.check_text import rule_page

FOLDER = Path(__file__).parent.parent / "docs" / "rules"


def pages() -> dict[str, str]:
    """What should lie there, by name."""
    lines = [f"| [{rule.code}]({rule.code}.md) | {rule.severity} | {rule.summary} |" for rule in RULES]
    head = "# Rules of `notec check`\n\n| code | level | a finding is |\n|---|---|---|\n"
    return {
        "README.md": head + "\n".join(lines) + "\n",
        **{f"{rule.code}.md": rule_page(rule) for rule in RULES},
    }


def test_the_pages_are_what_the_rules_say() -> None:
    wanted = pages()
    if os.environ.get("NOTEC_WRITE_DOCS"):
        FOLDER.mkdir(exist_ok=True)
        for old in FOLDER.glob("*.md"):
            old.unlink()
        for name, text in wanted.items():
            (FOLDER / name).write_text(text, encoding="utf-8")
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert found.keys() == wanted.keys()
    for name, text in wanted.items():
        assert found[name] == text, f"NOTEC_WRITE_DOCS=1 pytest {Path(__file__).name} writes it"
