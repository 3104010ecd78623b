"""Downloads arrive whole or not at all."""

import http.server
import io
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsstand.errors import InputError
from train.fetch import DOWNLOADS, Download, fetch


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        zipped.writestr("bbc/tech/001.txt", "New radio\n\nIt is small.")
    return content.getvalue()


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        whole = archive()
        if self.path == "/missing.zip":
            self.send_error(404)
            return
        self.send_response(200)
        body = b"<html>log in</html>" if self.path == "/page.zip" else b"" if self.path == "/empty.zip" else whole
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:50] if self.path == "/cut.zip" else body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives it
        return


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def download(url: str, limit: int = 1 << 20) -> Download:
    return Download("small", url, "small.zip", "for tests", limit)


def test_an_archive_is_fetched_into_a_new_folder(tmp_path: Path, server: str) -> None:
    pieces: list[tuple[int, int | None]] = []
    path = fetch(download(f"{server}/good.zip"), tmp_path / "new", lambda count, whole: pieces.append((count, whole)))
    assert path == tmp_path / "new" / "small.zip"
    assert path.read_bytes() == archive()
    assert pieces == [(len(archive()), len(archive()))]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.zip", "the server answers 404"),
        ("page.zip", "no zip archive"),
        ("empty.zip", "cut short after 0 bytes"),
        ("cut.zip", "cut short after 50 bytes|IncompleteRead"),
    ],
)
def test_what_did_not_arrive_leaves_no_file(tmp_path: Path, server: str, name: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        fetch(download(f"{server}/{name}"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_more_than_expected_is_refused(tmp_path: Path, server: str) -> None:
    with pytest.raises(InputError, match="larger than"):
        fetch(download(f"{server}/good.zip", limit=20), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_fails_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot fetch the corpus: .*try again"):
        fetch(download("http://127.0.0.1:9/small.zip"), tmp_path)


def test_every_download_has_an_importer() -> None:
    from train.importers import IMPORTERS

    assert set(DOWNLOADS) <= set(IMPORTERS)
    assert all(name == entry.name for name, entry in DOWNLOADS.items())
