"""What the documentation shows is what the program does."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from notec.app.config import (
    CheckConfig,
    Config,
    EngineConfig,
    ModelConfig,
    SearchConfig,
    VaultConfig,
    load_config,
)
from notec.front.cli import VERBS, build_parser

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in LINK.findall(text):
        if "://" in target or target.startswith("#"):
            continue
        assert (page.parent / target.split("#", maxsplit=1)[0]).exists(), target


def test_the_configuration_page_names_every_key_with_its_default(vault: Path) -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", page, re.S)
    assert example
    (vault / "notec.toml").write_text(example[1], encoding="utf-8")
    shown = load_config(vault)
    default = Config()
    for section in ("search", "model", "engine", "check"):
        assert getattr(shown, section) == getattr(default, section), section
    without_ignore = {f.name: getattr(shown.vault, f.name) for f in fields(VaultConfig) if f.name != "ignore"}
    assert without_ignore == {name: getattr(default.vault, name) for name in without_ignore}
    uncommented = re.sub(r"^# (?=\w+ = )", "", example[1], flags=re.M)
    keys = tomllib.loads(uncommented)
    for name, kind in (
        ("vault", VaultConfig),
        ("search", SearchConfig),
        ("model", ModelConfig),
        ("engine", EngineConfig),
        ("check", CheckConfig),
    ):
        assert set(keys[name]) == {f.name for f in fields(kind)}
    assert "embedder" in keys


def test_every_verb_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in VERBS:
        with pytest.raises(SystemExit) as end:
            build_parser([verb]).parse_args([verb, "--help"])
        assert end.value.code == 0
        text = capsys.readouterr().out
        assert "example:\n  notec" in text
        assert "--json" in text


def test_the_readme_lists_every_verb() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for verb in VERBS:
        assert f"notec {verb}" in readme, verb
