"""The web page as a browser gets it: which files, how long it keeps them, and what they may do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from service.web_files import FOLDER, read_web_files

NAMES = sorted(read_web_files())


def test_the_start_page_is_the_web_page(client: Any) -> None:
    response = client.get("/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.text == (FOLDER / "index.html").read_text(encoding="utf-8")
    assert 'href="docs"' in response.text


def test_every_file_that_the_page_names_is_there(client: Any) -> None:
    named = set(re.findall(r'(?:href|src)="(web/[^"]+)"', client.get("/").text))
    for name in [name for name in NAMES if name.endswith(".js")]:
        script = client.get(f"/web/{name}").text
        named |= {f"web/{module}" for module in re.findall(r'from "\./([^"]+)"', script)}
        named |= set(re.findall(r'"(web/[^"]+)"', script))
    assert {f"web/{name}" for name in NAMES} - named == {"web/index.html"}
    for path in named:
        assert client.get(f"/{path}").status_code == 200, path


@pytest.mark.parametrize("path", ["/", *(f"/web/{name}" for name in NAMES)])
def test_a_browser_keeps_a_file_and_asks_whether_it_changed(client: Any, path: str) -> None:
    full = client.get(path)
    assert full.headers["cache-control"] == "no-cache"
    for known in (full.headers["etag"], f'"other", W/{full.headers["etag"]}'):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == full.headers["etag"]
    assert client.get(path, headers={"If-None-Match": '"other"'}).content == full.content
    head = client.request("HEAD", path)
    for answer in (head, full):
        assert answer.headers.pop("x-request-id")
    assert (head.headers, head.content) == (full.headers, b"")


@pytest.mark.parametrize("path", ["/", "/web/app.js"])
def test_the_policy_allows_nothing_from_elsewhere_and_nothing_inline(client: Any, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert {policy[f"{kind}-src"] for kind in ("script", "style", "img", "connect")} == {"'self'"}
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_the_page_has_nothing_inline_and_no_address_of_another_host() -> None:
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script>|<style|\sstyle=|\son\w+=", page)
    for path in FOLDER.iterdir():
        content = path.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?://|(?<!\w)url\(|@import|innerHTML|eval\(", content), path.name


@pytest.mark.parametrize("path", ["/web/", "/web/nope.js", "/web/..%2Fapp.py", "/web/%2Fetc%2Fpasswd", "/web/a/b"])
def test_other_paths_are_problems(client: Any, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.json()["type"]) == (404, "/problems/not-found")


def test_files_of_other_kinds_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("p {}")
    (tmp_path / "a.css~").write_text("p {")
    (tmp_path / "notes").mkdir()
    assert list(read_web_files(tmp_path)) == ["a.css"]
