"""The answer that the README shows is the one that the champion gives to the article beside it."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.app import create_app
from service.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARTICLE = ROOT / "docs" / "examples" / "border-returns.txt"


def ask_champion() -> dict[str, Any]:
    """What the service answers to the README's request, asked without a network."""

    async def ask() -> dict[str, Any]:
        app = create_app(Settings(models=ROOT / "models"))
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://test") as http,
        ):
            response = await http.post(
                "/v1/label", content=ARTICLE.read_bytes(), headers={"Content-Type": "text/plain"}
            )
        assert response.status_code == 200
        answer: dict[str, Any] = response.json()
        return answer

    return asyncio.run(ask())


def as_shown(answer: dict[str, Any]) -> list[Any]:
    """What the README's jq filter leaves of an answer, one value a line."""
    topics = [topic | {"evidence": topic["evidence"][:1]} for topic in answer["topics"]]
    return [*topics, answer["leaning"], *answer["abstained"], answer["model"]["run"]]


def rounded(value: Any) -> Any:
    """The same with every fraction to two decimals, which is as far as machines agree."""
    if isinstance(value, float):
        return round(value, 2)
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return value


def test_the_readme_shows_what_the_champion_answers() -> None:
    if not (ROOT / "models" / "champion.json").exists():
        pytest.skip("there is no models/champion.json to answer")
    block = re.search(r"<!-- answer -->\n```json\n(.*?)```\n<!-- /answer -->", README, re.DOTALL)
    assert block is not None
    lines = as_shown(ask_champion())
    fresh = "\n".join(json.dumps(line, separators=(",", ":")) for line in lines)
    shown = [json.loads(line) for line in block.group(1).splitlines()]
    assert rounded(shown) == rounded(lines), f"put this between the comments of the README:\n{fresh}"


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 120
    assert re.findall(r"^    make (\w+)", README, re.MULTILINE)[:2] == ["run", "test"]
