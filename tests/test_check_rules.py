"""Every rule by its own example, and each with its near misses, as small vaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from notec.app.mending import apply
from notec.check import RULES, Rule
from small_vaults import checked, findings, short, write_vault


@pytest.mark.parametrize("rule", [rule for rule in RULES if not rule.deep], ids=lambda rule: rule.code)
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


@pytest.mark.parametrize(
    ("link", "mended"),
    [
        ("[[Home Note#Instalation|how]]", "[[Home Note#Installation|how]]"),
        ("[[Home Note#^abx1]]", "[[Home Note#^abc1]]"),
        ("![[Home Note#Instalation]]", "![[Home Note#Installation]]"),
        ("[x](Home%20Note.md#Instalation)", "[x](Home%20Note.md#Installation)"),
        ("![[pictur.png|300]]", "![[picture.png|300]]"),
        ("![x](../img/pictur.png)", "![x](../img/picture.png)"),
        ("[x](../Hom%20Note.md#Installation)", "[x](../Home%20Note.md#Installation)"),
        ("[[img/Hom Note]]", "[[Home Note]]"),
        ("[[#Ownn]] and [[Home Note]]", "[[#Own]] and [[Home Note]]"),
    ],
)
def test_what_was_meant_can_be_put_in(tmp_path: Path, link: str, mended: str) -> None:
    text = f"# Own\nSee {link} here.\n"
    vault = f"## x/a.md\n{text}## Home Note.md\n# Installation\ntext ^abc1\n## img/picture.png\n-\n"
    (found,) = [d for d in findings(tmp_path, vault) if d.code == "unresolved-link"]
    assert found.fix
    assert (apply(text, [found.fix])[0], found.fix.grade) == (f"# Own\nSee {mended} here.\n", "unsafe")


@pytest.mark.parametrize("link", ["[[Report 2023]]", "[[Weekly plans and reports]]", "[[x/Отчёт 2023]]"])
def test_another_number_or_other_words_are_no_slip_of_the_pen(tmp_path: Path, link: str) -> None:
    others = "".join(f"## {name}.md\n[[b]]\n" for name in ("Report 2024", "Отчёт 2024", "Plans"))
    vault = f"## a.md\n{link} [[b]]\n{others}## b.md\n"
    (found,) = findings(tmp_path, vault)
    assert (found.code, found.fix) == ("unresolved-link", None)


def test_a_markdown_link_may_lead_to_a_folder(tmp_path: Path) -> None:
    links = "[x](docs/) [x](docs/deep) [x](./) [x](../)\n[x](nodocs/)\n[[docs]]\n"
    vault = write_vault(tmp_path / "vault", f"## a.md\n{links}## docs/deep/b.md\n[[a]]\n")
    with checked(vault, tmp_path / "home") as check:

        def lines() -> list[int]:
            check.index.update()
            return [d.line for d in check.update() if d.code == "unresolved-link"]

        assert lines() == [2, 3]
        (vault / "docs/deep/b.md").rename(vault / "b.md")
        assert lines() == [1, 1, 2, 3]
        (vault / "nodocs").mkdir()
        (vault / "nodocs" / "picture.png").touch()
        assert lines() == [1, 1, 3]


def test_a_vault_that_hardly_links_has_no_orphans(tmp_path: Path) -> None:
    lone = "".join(f"## n{n}.md\nНичего общего {n}.\n" for n in range(30))
    assert findings(tmp_path, lone) == []
    linked = "".join(f"## m{n}.md\n[[n1]]\n" for n in range(10))
    assert len(findings(tmp_path, lone + linked)) == 29


def test_pages_of_one_template_differ_in_signs_too(tmp_path: Path) -> None:
    words = " ".join(f"слово{n}" for n in range(120))
    page = "## {}.md\n# Operator {}\n\n[[b]] {}\n".format
    vault = page("a", ">", words) + page("c", "<", words + " и меньше его же") + "## b.md\n"
    assert codes(tmp_path, vault) == []
    assert codes(tmp_path, vault.replace("<", ">")) == ["duplicate-note c.md:1"]
    longer = vault.replace("# Operator <", "# Operator > (deleted)")
    assert codes(tmp_path, longer) == ["duplicate-note c.md:1"]
    head, _, tail = longer.rpartition("слово40")
    assert codes(tmp_path, f"{head}иное{tail}".replace("слово80 ", "прочее ", 1)) == []


def codes(tmp_path: Path, vault: str) -> list[str]:
    return [line for line in short(findings(tmp_path, vault)) if not line.startswith("orphan-note")]


def test_a_name_that_differs_in_hyphens_alone_is_mended_safely(tmp_path: Path) -> None:
    (found,) = findings(
        tmp_path, "## a.md\n[[Елочный шар]] [[b]]\n## Ёлочный-шар.md\n[[a]]\n## b.md\n[[a]]\n"
    )
    assert found.fix
    assert (found.fix.grade, found.fix.edits[0].text) == ("safe", "Ёлочный-шар")


def test_two_pages_of_one_book_are_two_sources(tmp_path: Path) -> None:
    vault = (
        "## a.md\n[^1] [^2] [[b]]\n\n[^1]: https://x.org/b, p. 12\n[^2]: https://x.org/b, p. 15\n## b.md\n"
    )
    assert codes(tmp_path, vault) == []


def test_equal_sources_are_merged_safely(tmp_path: Path) -> None:
    vault = "## a.md\nx[^1] y[^2] [[b]]\n\n[^1]: Иванов, «Книга».\n[^2]: Иванов, «Книга».\n## b.md\n"
    (found,) = findings(tmp_path, vault)
    assert (found.code, found.line) == ("duplicate-citation", 4)
    assert found.fix
    assert found.fix.grade == "safe"


def test_a_namesake_in_another_folder_is_a_source(tmp_path: Path) -> None:
    assert codes(tmp_path, "## x/a.md\nText.[^1] [[b]]\n\n[^1]: [[y/a]]\n## y/a.md\nText.\n## b.md\n") == []


def test_the_same_word_as_id_in_two_folders_is_no_clash(tmp_path: Path) -> None:
    assert codes(tmp_path, "## x/a.md\n---\nid: intro\n---\n[[b]]\n## y/b.md\n---\nid: intro\n---\n") == []


def test_a_block_id_twice_in_a_note(tmp_path: Path) -> None:
    vault = "## a.md\none ^x1\n\ntwo ^x1\n\n[[b]]\n## b.md\none ^x1\n"
    assert codes(tmp_path, vault) == ["duplicate-id a.md:3"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("```\ncode\n", 1),
        ("text\n\n~~~~\ncode\n~~~\n", 3),
        ("- item\n\n  ```\n  code\n\ntext\n", 3),
        ("<!-- a comment\n\ntext\n", 1),
        ("text\n\n$$\na + b\n", 3),
        ("%% private\n\ntext\n", 1),
    ],
)
def test_what_is_never_closed(tmp_path: Path, text: str, line: int) -> None:
    assert codes(tmp_path, f"## a.md\n{text}## b.md\n[[a]]\n") == [f"unclosed-block a.md:{line}"]


@pytest.mark.parametrize(
    "text",
    [
        "```\ncode\n```\n",
        "> ```\n> code\n> ```\n\ntext\n",
        "    ```\n    indented\n",
        "```` `x` ````\n",
        "$$ is what it costs\n",
        "$$\na\n$$\n",
        "%% one %%\n",
        "`<!--` begins a comment\n",
        "~~~\n```\n~~~\n",
        "1. one\n   ```\n   x\n   ```\n2. two\n",
    ],
)
def test_what_is_closed(tmp_path: Path, text: str) -> None:
    assert codes(tmp_path, f"## a.md\n{text}## b.md\n[[a]]\n") == []


def test_a_near_copy_and_a_page_from_the_same_template(tmp_path: Path) -> None:
    words = [f"слово{n}" for n in range(120)]
    changed = [*words[:60], "другое", *words[61:]]
    other = [w if n % 4 else f"иное{n}" for n, w in enumerate(words)]
    notes = {"a": words, "b": changed, "c": other}
    vault = "".join(f"## {name}.md\n[[{name}]] {' '.join(text)}\n" for name, text in notes.items())
    assert codes(tmp_path, vault) == ["duplicate-note b.md:1"]
