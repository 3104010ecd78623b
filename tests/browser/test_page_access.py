"""Who can use the page: with a keyboard, a screen reader, a small screen, in the dark, on paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow

TEXT = "The state senate voted on Tuesday to cut the property tax after homeowners complained about the budget deficit."
LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsbehörde" * 3


def violations(page: Any) -> list[str]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install -e '.[browser]'")
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html']}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def label(page: Any) -> None:
    page.fill("#text", TEXT)
    page.click("#submit")
    page.wait_for_selector(".chip")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_serious(open_page: Callable[..., Any], scheme: str, width: int) -> None:
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True)
    assert violations(page) == []
    page.fill("#target", "property tax")
    page.press("#target", "Enter")
    label(page)
    page.click("#call summary")
    assert violations(page) == []
    page.route("**/v1/label", lambda route: route.fulfill(status=503, json={"title": "No model", "detail": "Promote."}))
    page.click("#edit")
    page.click("#submit")
    page.wait_for_selector(".problem")
    assert violations(page) == []


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_needs_sideways_scrolling_on_a_narrow_screen(open_page: Callable[..., Any], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 700}, has_touch=True)
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) == width
    page.fill("#title", LONG)
    page.fill("#target", LONG)
    page.press("#target", "Enter")
    label(page)
    page.tap(".chip")
    page.click("#call summary")
    assert page.evaluate(wide) == width


def test_touch_targets_are_large_enough(open_page: Callable[..., Any]) -> None:
    page = open_page(viewport={"width": 390, "height": 800}, has_touch=True)
    label(page)
    for button in page.locator("button:visible, nav a:visible").all():
        assert button.bounding_box()["height"] >= 24, button.inner_text()


def test_the_whole_way_works_with_the_keyboard_alone(page: Any) -> None:
    def focused() -> str:
        return str(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))

    page.keyboard.press("Tab")
    assert focused() == "Skip to the article"
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused() == "title"
    page.keyboard.press("Tab")
    page.keyboard.type(TEXT)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".chip")
    assert focused() == "answer-heading"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "chip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Space")  # lets go of the label that was chosen first
    assert page.locator("mark").count() == 0
    page.keyboard.press("Space")
    assert page.locator("mark").count() > 0
    while focused() != "target":
        page.keyboard.press("Tab")
    page.keyboard.type("property tax")
    page.keyboard.press("Enter")
    page.wait_for_selector("#stance-list > li")
    page.wait_for_selector("#target:focus")
    while focused() != "edit":
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert focused() == "text"
    assert page.input_value("#text") == TEXT


def test_changes_are_announced(page: Any) -> None:
    label(page)
    status = page.locator("[role=status]")
    assert status.get_attribute("aria-live") == "polite"
    assert "topic" in status.inner_text() and "English" in status.inner_text()
    pressed = [chip.get_attribute("aria-pressed") for chip in page.locator(".chip").all()]
    assert pressed.count("true") == 1
    assert page.locator("[role=alert]").count() == 1


def test_paper_shows_the_article_and_its_labels_and_no_controls(page: Any) -> None:
    label(page)
    page.emulate_media(media="print")
    for shown in ("#article", ".chip", "#leaning", "#model"):
        assert page.is_visible(shown), shown
    for hidden in ("nav", "#edit", "#target", "#call", ".skip"):
        assert not page.is_visible(hidden), hidden


def test_the_page_asks_no_other_host(open_page: Callable[..., Any], service_url: str) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.click("#sample")
    page.wait_for_selector("#leaning:not([hidden])")
    assert len(asked) > 8
    assert [url for url in asked if not url.startswith(service_url)] == []


def test_inline_scripts_and_styles_are_refused(open_page: Callable[..., Any]) -> None:
    page = open_page()
    for markup in ("<script>document.title = 'evil'</script>", "<p style='color: red'>x</p>"):
        with pytest.raises(Exception, match="Trusted"):
            page.evaluate("markup => { document.body.innerHTML = markup; }", markup)
    page.evaluate("""() => {
        const script = document.createElement('script');
        try { script.text = "document.title = 'evil'"; document.body.append(script); } catch {}
    }""")
    assert page.title() == "Newsstand: label an article"
