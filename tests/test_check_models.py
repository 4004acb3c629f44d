"""`unknown-model`: names that never existed, and silence about all that may exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from notec import Workspace
from notec.check.rules.unknown_model import RULE
from small_vaults import findings, short, write_vault


@pytest.mark.parametrize(
    ("line", "name", "near"),
    [
        ("We shall run Qwen-3 110B here.", "Qwen-3 110B", "Qwen1.5-110B"),
        ("Поставим Qwen3-110B на сервер.", "Qwen3-110B", "Qwen1.5-110B"),
        ("Модель Qwen/Qwen3-72B-Instruct (Q4_K_M).", "Qwen/Qwen3-72B-Instruct", "Qwen"),
        ("Llama 3.1 13B is enough.", "Llama 3.1 13B", "Llama"),
        ("`gpt-oss-200b` is large.", "gpt-oss-200b", "gpt-oss-20b"),
        ("Gemma 3 70Б подойдёт.", "Gemma 3 70Б", "Gemma-3-27B"),
        ("Qwen3-235B-A30B by night.", "Qwen3-235B-A30B", "Qwen3-235B-A22B"),
        ("DeepSeek-V3 300B", "DeepSeek-V3 300B", "DeepSeek"),
        ("| Qwen3.8-35B-A3B | 20 |", "Qwen3.8-35B-A3B", "Qwen3.5-35B-A3B"),
    ],
)
def test_a_model_that_never_existed(tmp_path: Path, line: str, name: str, near: str) -> None:
    (found,) = findings(tmp_path, f"## a.md\n# Plan\n\n{line}\n", [RULE])
    assert (found.line, found.severity) == (3, "warning")
    assert found.message.startswith(f"no such model: {name}; nearest: {near}")
    assert found.span
    assert found.span.of((tmp_path / "vault" / "a.md").read_text("utf-8")) == name
    assert found.notes


@pytest.mark.parametrize(
    "line",
    [
        "Qwen3-32B, Qwen3 30B, Qwen3-30B-A3B, Qwen3 (8B), Qwen3-235B, Qwen/Qwen3-14B-FP8",
        "Llama 3 70B, Llama-3.1-405B-Instruct, Llama 2 13B chat, Llama 4 Scout 109B, Mixtral 8x7B",
        "gpt-oss-20b, Gemma 3 27B it, Phi-4 14B, DeepSeek-R1-Distill-Qwen-32B, DeepSeek-V3 671B",
        "Qwen4 110B, Qwen3.9-50B, Llama 5 13B, Gemma 4 31B, Grok-7 900B",  # may be new
        "Qwen 110B, Llama 65B",  # of whichever generation
        "Qwen3-110B-Megamerge, bob/Qwen3-110B, my-Qwen3-110B, Qwen3-Zoo 110B",  # somebody's own
        "A merge of two, Qwen3-64B, is slow.",
        "There is no such thing as Qwen3-110B.",
        "Модели Qwen3-110B не существует.",
        "Llama 3 15T tokens, Qwen3 36B tokens, Llama 2 20B active",
        "Sony 110B, Boeing 747 300B, figure 3 110B, Win32 64B",
        "https://example.org/Qwen3-110B and ![x](Qwen3-110B.png)",
        "    model = Qwen3-110B",
        "```\nQwen3-110B\n```",
        "Qwen3 110 GB, Qwen3-8B 40B/s",
    ],
)
def test_what_exists_or_may_exist(tmp_path: Path, line: str) -> None:
    assert findings(tmp_path, f"## a.md\n# Plan\n\n{line}\n", [RULE]) == []


def test_the_workspace_brings_the_catalogue_in(vault: Path) -> None:
    write_vault(vault, "## a.md\nQwen3-110B, see [[b]].\n## b.md\n")
    with Workspace.open(vault, vault.parent / "home") as workspace:
        assert short(workspace.check()) == ["unknown-model a.md:1"]
        write_vault(vault, "## a.md\n\nQwen3-110B and Qwen3-111B, see [[b]].\n")
        assert short(workspace.check()) == ["unknown-model a.md:2"] * 2
        write_vault(vault, "## a.md\n[[b]]\n")
        assert short(workspace.check()) == []
