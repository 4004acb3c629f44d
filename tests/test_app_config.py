"""The configuration: defaults, both files, and every mistake with its way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from notec.app.config import Config, default_home, load_config
from notec.core import NotecError


def write(folder: Path, text: str) -> None:
    (folder / "notec.toml").write_text(text, encoding="utf-8")


def test_without_a_file_everything_has_its_default_and_no_model(vault: Path) -> None:
    config = load_config(vault)
    assert config == Config()
    assert config.model.url == ""
    assert config.embedder == ""


def test_what_the_vault_says_wins_key_by_key(
    vault: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "config"
    own.mkdir()
    monkeypatch.setenv("NOTEC_CONFIG", str(own))
    write(own, '[model]\nurl = "http://127.0.0.1:1/v1"\nstall_seconds = 5\n[search]\ngraph = "off"\n')
    write(vault, '[model]\nurl = "http://127.0.0.1:2/v1"\n')
    config = load_config(vault)
    assert config.model.url == "http://127.0.0.1:2/v1"
    assert config.model.stall_seconds == 5.0
    assert config.search.graph == "off"
    assert config.sources == (str(own / "notec.toml"), str(vault / "notec.toml"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[model\n", "not a TOML file"),
        ("[model]\nurll = 'x'\n", "did you mean `url`"),
        ("[modle]\nurl = 'x'\n", "did you mean `model`"),
        ("model = 3\n", "must be a table"),
        ("[model]\nurl = 3\n", "`model.url` must be text"),
        ("[model]\nstall_seconds = 'long'\n", "must be a number"),
        ("[model]\ncontext = true\n", "must be a number"),
        ("[model]\nstall_seconds = -1\n", "must be a number from 0 on"),
        ("[vault]\nmax_bytes = -1\n", "must be a number from 0 on"),
        ("[engine]\nstates_gb = nan\n", "must be a number from 0 on"),
        ("[vault]\nignore = 'a'\n", "must be a list of texts"),
        ("[search]\ngraph = 'maybe'\n", "one of: auto, on, off"),
        ("embedder = 3\n", "`embedder` must be text"),
    ],
)
def test_a_mistake_names_the_file_the_key_and_the_way_out(vault: Path, text: str, said: str) -> None:
    write(vault, text)
    with pytest.raises(NotecError) as error:
        load_config(vault)
    assert said in str(error.value)
    assert str(vault / "notec.toml") in str(error.value)


def test_a_file_that_is_no_text(vault: Path) -> None:
    (vault / "notec.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NotecError, match="not a TOML file"):
        load_config(vault)


def test_two_vaults_of_one_name_have_two_homes(tmp_path: Path) -> None:
    homes = set()
    for parent in ("a", "b"):
        folder = tmp_path / parent / "vault"
        folder.mkdir(parents=True)
        homes.add(default_home(folder))
    assert len(homes) == 2
    assert all(home.name.startswith("vault-") for home in homes)
