"""From a web page to its article, in a process that can be stopped. Not for texts, and not for fetching pages.

A page can be made so that its parser takes minutes (100,000 attributes take trafilatura 38 seconds), or all memory, and a
thread cannot be stopped. The process reads pages from a pipe, writes JSON back, and gets no other input.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import multiprocessing
import os
import signal
import sys
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from service.problems import ExtractionFailed
from service.threads import LabelThreads

_START_SECONDS = 60.0
_MEMORY_BYTES = 2 << 30
_READY = b"ready"


@dataclass(frozen=True, slots=True)
class Article:
    """What was found on a page."""

    title: str
    text: str


def is_installed() -> bool:
    """Whether pages can be read: trafilatura comes with the extra ``html``."""
    return importlib.util.find_spec("trafilatura") is not None


class Extractor:
    """Reads one page at a time, in a process that starts with the first.

    Parameters
    ----------
    waiting : int
        How many pages may wait.
    page_seconds : float
        How long one page may take.
    request_seconds : float
        How long a request waits for its turn and its article.
    """

    def __init__(self, waiting: int, page_seconds: float, request_seconds: float) -> None:
        self._turn = LabelThreads(1, waiting, request_seconds)
        self._page_seconds = page_seconds
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None

    async def extract(self, page: bytes, codec: str | None) -> Article:
        """The article of a page.

        Parameters
        ----------
        page : bytes
        codec : str, optional
            How the page is encoded; where it is not given, the page itself says so.

        Raises
        ------
        ExtractionFailed
            If the page takes too long, or too much memory.
        Overloaded, TooSlow
        """
        if codec:
            page = page.decode(codec, "replace").encode("utf-8", "replace")
        return await self._turn.run(partial(self._ask, page, bool(codec)))

    def close(self) -> None:
        """End the process."""
        self._turn.close()
        self._stop()

    def _ask(self, page: bytes, is_utf8: bool) -> Article:
        try:
            pipe = self._pipe or self._start()
            pipe.send_bytes(b"\1" if is_utf8 else b"\0")
            pipe.send_bytes(page)
            if not pipe.poll(self._page_seconds):
                self._stop()
                raise ExtractionFailed(f"the page took more than {self._page_seconds:g} seconds: send its text instead")
            answer = json.loads(pipe.recv_bytes())
        except (OSError, EOFError) as error:  # the process died
            self._stop()
            raise ExtractionFailed("the page is too large or too tangled: send its text instead") from error
        return Article(answer["title"], answer["text"])

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        pipe, other = context.Pipe()
        self._process = context.Process(target=_read_pages, args=(other,), daemon=True, name="newsstand-html")
        self._process.start()
        other.close()
        if not pipe.poll(_START_SECONDS) or pipe.recv_bytes() != _READY:
            self._stop()
            raise EOFError
        self._pipe = pipe
        return pipe

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None


def find_article(page: bytes | str) -> Article:
    """The title and the text of the article on a page; both empty where there is none."""
    from trafilatura import bare_extraction, baseline

    if isinstance(page, bytes) and b"<html" not in page.lower():
        page = b"<html>" + page  # legal, and trafilatura takes what has no such tag for no page at all
    elif isinstance(page, str) and "<html" not in page.lower():
        page = "<html>" + page
    found = bare_extraction(page, include_comments=False, with_metadata=True)
    title, text = (getattr(found, "title", None) or "", getattr(found, "text", None) or "") if found else ("", "")
    if not text:  # a page of few words, which is no article to trafilatura
        text = baseline(page)[1]
    return Article(title, text)


def _read_pages(pipe: Connection) -> None:
    """What the process does until its parent ends."""
    _give_up_rights()
    import trafilatura  # noqa: F401  # now, so that the first page does not wait for it

    pipe.send_bytes(_READY)
    while True:
        try:
            is_utf8 = pipe.recv_bytes() == b"\1"
            page = pipe.recv_bytes()
        except EOFError:
            return
        try:
            article = find_article(page.decode("utf-8") if is_utf8 else page)
        except RecursionError:
            article = Article("", "")
        pipe.send_bytes(json.dumps({"title": article.title, "text": article.text}).encode("ascii"))


def _give_up_rights() -> None:
    """Take no signals meant for the service, no endless memory, and write nothing: a warning could repeat the page."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(silence, stream.fileno())
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
