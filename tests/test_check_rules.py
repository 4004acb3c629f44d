"""Every rule by its own example, and each with its near misses, as small vaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from notec.check import RULES, Rule
from small_vaults import findings, short


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_example_of_a_rule_gives_its_code_alone(rule: Rule, tmp_path: Path) -> None:
    codes = {d.code for d in findings(tmp_path, rule.example)}
    assert codes - {"orphan-note"} == {rule.code} - {"orphan-note"}
    assert rule.code in codes


def test_codes_are_unique_and_every_page_is_written() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.summary
        assert rule.why.endswith(".")
        assert rule.mend.endswith((".", "`"))


def test_links_that_lead_somewhere_are_not_spoken_of(tmp_path: Path) -> None:
    vault = "## a.md\n[[b]] [[b#One]] [[b#^x]] ![[c.png]] [x](b.md) https://example.org\n"
    assert findings(tmp_path, vault + "## b.md\n# One\ntext ^x\n## c.png\n-\n") == []


def test_links_that_lead_nowhere_name_their_line(tmp_path: Path) -> None:
    vault = "## a.md\n[[b]]\n[[b#Oen]]\n[[b#^y]]\n![[d.png]]\n## b.md\n# One\ntext ^x\n"
    found = findings(tmp_path, vault)
    assert short(found) == [f"unresolved-link a.md:{line}" for line in (2, 3, 4)]
    assert found[0].notes == ("did you mean '#One'?",)
