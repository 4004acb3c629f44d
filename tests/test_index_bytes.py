"""Any bytes may lie in a vault: they are indexed, searched and answered from, and nothing is a failure."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from notec.app import Workspace
from notec.ask import answer_question
from notec.index import Index, Settings
from notec.index.lexical import FOLDER
from notec.models import Logged, Reply, Scripted
from notec.store import Store

# Pieces that lead bytes of no encoding to where they are kept: tags, titles, properties, links, turns, ids.
PIECES = (
    *(
        b"---\n",
        b"title: ",
        b"aliases: [",
        b"]\n",
        b"tags: ",
        b"id: ",
        b'"\\ud800"',
        b"key:: ",
        b"date: 2025-01-01\n",
    ),
    *(
        b"# ",
        b"## ",
        b"#",
        b"[[",
        b"]]",
        b"|",
        b"^",
        b"- ",
        b"\n",
        b"\n\n",
        b" ",
        b". ",
        b"[x](",
        b")",
        b"```\n",
        b"| a |\n|-|\n",
    ),
    *(
        b">[!nexus_user] **",
        b"** - 28.07.2025 at 12:33\n>",
        b"<!-- UID: ",
        b" -->",
        "Сервер стоит дома. ".encode(),
        b"A word. ",
    ),
    *(b"\x8f", b"\xff", b"\xd8\x00", b"\xed\xa0\x80", b"\x00", "Сервер".encode("cp1251"), b"\xef\xbb\xbf"),
)
notes = st.lists(
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=6), max_size=25).map(b"".join), max_size=4
)


@settings(max_examples=40)
@given(notes)
@example([b"#tag\x8f and text\x81 [[a\x8d|b\x90]]\n\n# T\x8f ^i\x81\n"])
@example([b'---\ntitle: "\\ud800"\naliases: ["a\\udc00"]\nid: "\\ud900"\n---\nText.\n'])
def test_any_bytes_are_indexed_and_answered_from(contents: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        vault, home = Path(folder) / "vault", Path(folder) / "home"
        vault.mkdir()
        for number, content in enumerate(contents):
            (vault / f"n{number}.md").write_bytes(content)
        with Index.open(vault, home, Settings(workers=1)) as index:
            report = index.update(paranoid=True)
            assert report.notes == len(contents)
            assert not [d for d in report.diagnostics if d.code in ("note-failed", "index-differs")]
        shutil.rmtree(home / FOLDER)  # made again from the truth, it is the same
        with Index.open(vault, home, Settings(workers=1)) as index:
            report = index.update(paranoid=True)
            assert not [d for d in report.diagnostics if d.code == "index-differs"]
        with Workspace.open(vault, home=home) as workspace, Store.open(home / "store.sqlite") as store:
            workspace.search("сервер title:a")
            workspace.check()
            model = Logged(Scripted([Reply('{"ids": [1]}')] * 9), store.replies)
            for question in ("где стоит сервер?", "a word \udc8f"):
                workspace.ask(question)
                answer_question(workspace._ready(), question, model=model)
            for number in range(len(contents)):
                workspace.show(f"n{number}.md")
                workspace.save(workspace.brief(f"n{number}.md"))
