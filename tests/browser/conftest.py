"""A real Chromium and a real service for the tests of the web page; without either, they are skipped with the reason."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
CONTEXT = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser. Ended with each module: while it runs, no other test of this process could start an event loop."""
    driver = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install -e '.[browser]'"
    )
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip("there is no Chromium: install one, or name it in the environment variable CHROMIUM")
    with driver.sync_playwright() as playwright:
        as_root = hasattr(os, "geteuid") and os.geteuid() == 0
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"] if as_root else [])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def service_url(
    small_run_path: Path, tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., Any]
) -> Iterator[str]:
    """Address of a service that answers with the small run."""
    from newsstand.registry import Registry
    from service.app import create_app
    from service.settings import Settings

    models = tmp_path_factory.mktemp("served")
    shutil.copytree(small_run_path, models / "small")
    Registry(models).promote("small")
    with serve(create_app(Settings(models=models))) as address:
        yield f"http://{address}/"


@pytest.fixture
def open_page(chromium: Any, service_url: str) -> Iterator[Callable[..., Any]]:
    """Opens the page in a fresh context; a script error or a refused file fails the test, unless `blocked` names it."""
    contexts, failures = [], []

    def opened(**options: Any) -> Any:
        context = chromium.new_context(**{**CONTEXT, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on(
            "console", lambda message: failures.append(message.text) if "Content Security" in message.text else None
        )
        page.goto(service_url)
        return page

    opened.blocked = []  # beginnings of messages of the policy that the test means to provoke
    yield opened
    for context in contexts:
        context.close()
    assert [failure for failure in failures if not failure.startswith(tuple(opened.blocked))] == []


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    return open_page()
