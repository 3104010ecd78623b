"""What a reader does on the page, in a real browser: paste, label, look at passages, copy the call."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

TAX = "The state senate voted on Tuesday to cut the property tax after homeowners complained about the budget deficit."
EMOJI = "😀 The 🏛️ senate voted 𝒕𝒐𝒅𝒂𝒚 to cut the property tax 💸 after homeowners complained about the tax budget 😡."


def label(page: Any, text: str, title: str = "") -> None:
    page.fill("#title", title)
    page.fill("#text", text)
    page.click("#submit")
    page.wait_for_selector("#leaning:not([hidden])", timeout=60_000)


def fake(page: Any, stances: list[dict[str, Any]], **answer: Any) -> list[dict[str, Any]]:
    """Let a made-up answer stand in for the service's; returns the documents that the page sends."""
    sent: list[dict[str, Any]] = []

    def respond(route: Any) -> None:
        sent.append(json.loads(route.request.post_data))
        content = {
            "id": None,
            "language": "en",
            "topics": [],
            "stances": [stance for stance in stances if stance["target"] in sent[-1].get("targets", [])],
            "leaning": {"label": None, "scores": {"left": 0.4, "center": 0.3, "right": 0.3}, "evidence": []},
            "abstained": [{"head": "leaning", "reason": "low_confidence"}],
            "model": {"run": "made-up", "fingerprint": "sha256:0123456789abcdef"},
        }
        route.fulfill(json=content | answer)

    page.route("**/v1/label", respond)
    return sent


AGAINST = {
    "target": "tax cut",
    "mentioned": True,
    "stance": "against",
    "scores": {"favor": 0.07, "against": 0.81, "neutral": 0.12},
    "evidence": [
        {"field": "text", "start": 4, "end": 16, "weight": -0.62},
        {"field": "text", "start": 0, "end": 3, "weight": 0.2},
    ],
}
ABSENT = {"target": "Mayor Quill", "mentioned": False, "stance": None, "scores": None, "evidence": []}


def asked(service_url: str, document: dict[str, Any]) -> dict[str, Any]:
    """The service's own answer."""
    request = urllib.request.Request(
        f"{service_url}v1/label", json.dumps(document).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as response:
        answer: dict[str, Any] = json.load(response)
        return answer


def test_a_pasted_article_gets_topics_with_scores_and_a_reason_for_no_leaning(page: Any, service_url: str) -> None:
    answer = asked(service_url, {"text": TAX})
    label(page, TAX)
    chips = page.locator(".chip").all_inner_texts()
    assert len(chips) == len(answer["topics"]) > 0
    assert all("%" in chip for chip in chips)
    assert "No leaning is likely enough" in page.inner_text("#leaning")
    assert answer["model"]["run"] in page.inner_text("#model")
    assert page.get_attribute("#model code", "title") == answer["model"]["fingerprint"]
    assert page.locator("footer a").get_attribute("href") == "docs"


@pytest.mark.parametrize("text", [TAX, EMOJI])
def test_the_marked_passages_are_those_of_the_answer(page: Any, service_url: str, text: str) -> None:
    title = "😀😀 Property tax cut"
    topic = asked(service_url, {"title": title, "text": text})["topics"][0]
    label(page, text, title)
    fields = {"title": title, "text": text}
    expected = sorted(fields[span["field"]][span["start"] : span["end"]] for span in topic["evidence"])
    assert sorted(page.locator("#article mark").all_text_contents()) == expected
    assert sorted(page.locator(".passages q").all_text_contents()) == expected
    assert page.text_content("#article h2") == title
    assert page.text_content("#article p") == text


def test_pointing_at_a_label_shows_its_passages_and_clicking_keeps_them(page: Any) -> None:
    evidence = [[{"field": "text", "start": n, "end": n + 3, "weight": 1.0}] for n in (0, 4)]
    topics = [{"label": f"topic_{n}", "code": None, "score": 0.9, "evidence": evidence[n]} for n in (0, 1)]
    fake(page, [], topics=topics)
    label(page, "one two three")
    marks = page.locator("#article mark")
    assert marks.all_text_contents() == ["one"]
    page.hover(".chip >> nth=1")
    assert marks.all_text_contents() == ["two"]
    page.hover("h1")
    assert marks.all_text_contents() == ["one"]
    page.click(".chip >> nth=1")
    page.hover("h1")
    assert marks.all_text_contents() == ["two"]
    page.focus(".chip >> nth=0")
    assert marks.all_text_contents() == ["one"]
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    assert marks.count() == 0


def test_an_added_target_is_asked_for_and_answered(page: Any) -> None:
    sent = fake(page, [AGAINST, ABSENT])
    label(page, "The 💸 tax cut 😡 fails.")
    for target in ("tax cut", "Mayor Quill"):
        page.fill("#target", target)
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#stance-list > li:has-text('{target}')")
        page.wait_for_selector("[aria-busy=false]")
    assert [document.get("targets") for document in sent] == [None, ["tax cut"], ["tax cut", "Mayor Quill"]]
    first, second = page.locator("#stance-list > li").all()
    assert first.locator(".verdict").inner_text() == "against"
    assert first.locator(".scale").get_attribute("aria-label") == "against 81 %, neutral 12 %, favor 7 %"
    widths = [box["width"] for box in (part.bounding_box() for part in first.locator(".part").all())]
    assert widths[0] > 5 * widths[1] > 5 * widths[2] > 0
    assert "does not mention it" in second.inner_text()
    assert second.locator(".scale").count() == 0


def test_passages_for_and_against_differ_in_more_than_colour(page: Any) -> None:
    fake(page, [AGAINST])
    page.fill("#target", "tax cut")
    page.keyboard.press("Enter")
    label(page, "The 💸 tax cut 😡 fails.")
    page.click(".verdict")
    style = "node => [getComputedStyle(node, '::before').content, getComputedStyle(node).textDecorationLine]"
    assert page.eval_on_selector("mark.for", style) == ['"+"', "none"]
    assert page.eval_on_selector("mark.against", style) == ['"−"', "underline"]
    assert page.text_content("mark.against") == "💸 tax cut 😡 "
    assert page.locator(".passages .weight").all_inner_texts() == ["−0.62", "+0.20"]


def test_a_model_without_stances_still_gives_the_rest(page: Any) -> None:
    def refuse(route: Any) -> None:
        if "targets" in json.loads(route.request.post_data):
            route.fulfill(status=422, json={"type": "/problems/no-stance-head", "title": "No stances", "status": 422})
        else:
            route.fallback()

    fake(page, [])
    page.route("**/v1/label", refuse)
    page.fill("#target", "tax cut")
    page.keyboard.press("Enter")
    label(page, TAX)
    assert "the model in use gives none" in page.inner_text("#stance-list")
    page.click("#stance-list .remove")
    assert page.locator("#stance-list > li").count() == 0


def test_every_reason_to_abstain_is_said_in_words(page: Any) -> None:
    from newsstand.answers import ABSTENTION_REASONS

    for reason in ABSTENTION_REASONS:
        page.unroute_all()
        fake(page, [], abstained=[{"head": head, "reason": reason} for head in ("topics", "leaning")])
        label(page, "A text.")
        assert reason not in page.inner_text(".answer")
        assert page.locator("#labels .none").inner_text().endswith(".")
        page.click("#edit")


def test_a_problem_is_shown_with_its_advice_and_the_article_stays(page: Any) -> None:
    problem = {
        "type": "/problems/no-model",
        "title": "There is no run to label with",
        "status": 503,
        "detail": "promote",
    }
    page.route("**/v1/label", lambda route: route.fulfill(status=503, json=problem))
    page.fill("#text", "A text.")
    page.click("#submit")
    page.wait_for_selector("[role=alert] .problem")
    assert "There is no run to label with" in page.inner_text("[role=alert]")
    assert "promote" in page.inner_text("[role=alert]")
    assert page.input_value("#text") == "A text."
    page.unroute_all()
    page.route("**/v1/label", lambda route: route.abort())
    page.click("#submit")
    page.wait_for_selector("[role=alert] :text('cannot be reached')")
    page.unroute_all()
    page.click("#submit")
    page.wait_for_selector("#leaning:not([hidden])")
    assert page.inner_text("[role=alert]") == ""


def test_a_service_with_keys_is_asked_with_the_key_that_the_reader_gives(page: Any) -> None:
    fake(page, [])

    def guard(route: Any) -> None:
        if route.request.headers.get("authorization") == "Bearer s3cret":
            route.fallback()
        else:
            route.fulfill(
                status=401, json={"type": "/problems/unauthorized", "title": "A key is needed", "status": 401}
            )

    page.route("**/v1/label", guard)
    page.fill("#text", "A text.")
    page.click("#submit")
    page.wait_for_selector("#key")
    assert "A key is needed" in page.inner_text("[role=alert]")
    page.fill("#key", "s3cret")
    page.press("#key", "Enter")
    page.wait_for_selector("#leaning:not([hidden])")
    calls = page.text_content("#curl") + page.text_content("#python")
    assert calls.count("NEWSSTAND_KEY") == 2
    assert "s3cret" not in page.content()
    compile(page.text_content("#python"), "copied", "exec")


def test_without_an_article_the_page_says_what_to_do(page: Any) -> None:
    page.click("#submit")
    assert "There is no article yet" in page.inner_text("#status")
    assert page.evaluate("document.activeElement.id") == "text"


def test_the_page_says_that_it_is_labelling(page: Any) -> None:
    held: list[Any] = []
    page.route("**/v1/label", lambda route: held.append(route))
    page.fill("#text", TAX)
    page.click("#submit")
    page.wait_for_selector("#status:text-is('Labelling…')")
    assert page.is_disabled("#submit")
    assert page.get_attribute(".answer", "aria-busy") == "true"
    held[0].continue_()
    page.wait_for_selector(".chip")
    assert page.get_attribute(".answer", "aria-busy") == "false"


def test_the_sample_is_labelled_with_one_click(page: Any) -> None:
    page.click("#sample")
    page.wait_for_selector("#leaning:not([hidden])")
    assert "Await Abroad" in page.inner_text("#article")
    assert "Await Abroad policy" in page.inner_text("#stance-list")


FILES = {
    "article.txt": (b"\xef\xbb\xbfA plain text.\r\nTwo lines.", ("", "A plain text.\nTwo lines.")),
    "old.txt": ("Café “news”".encode("cp1252"), ("", "Café “news”")),
    "article.json": (b'{"title": "Head", "text": "Body"}', ("Head", "Body")),
    "corpus.jsonl": (b'{"newsstand": 1, "corpus": "c"}\n{"text": "one"}\n{"text": "two"}\n', ("", "one")),
    "article.html": (
        b"<title>Site</title><nav><p>Menu</p></nav><article><h1>Head <b>line</b></h1><p>One.</p><p>Two &amp; three."
        b"<script>document.title='evil'</script></p><img src=x onerror=\"document.title='evil'\"></article>",
        ("Head line", "One.\n\nTwo & three."),
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_fills_the_editor(open_page: Callable[..., Any], page: Any, tmp_path: Path, name: str) -> None:
    open_page.blocked.append("Executing inline event handler")  # some Chromiums tell of one in a page merely parsed
    content, (title, text) = FILES[name]
    (tmp_path / name).write_bytes(content)
    page.fill("#target", "the senate")
    page.press("#target", "Enter")
    page.set_input_files("#file", tmp_path / name)
    page.wait_for_selector("#submit:focus")
    assert "the senate" in page.inner_text("#stance-list")  # what was asked for stays
    assert (page.input_value("#title"), page.input_value("#text")) == (title, text)
    assert page.title() == "Newsstand: label an article"


def test_a_dropped_file_fills_the_editor(page: Any) -> None:
    page.evaluate("""() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(["Dropped."], "a.txt", {type: "text/plain"}));
        document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: transfer, bubbles: true, cancelable: true}));
    }""")
    page.wait_for_selector("#submit:focus")
    assert page.input_value("#text") == "Dropped."


@pytest.mark.parametrize("content", [b"{", b"[]", b"null", b'{"title": "no text"}', b"[1]"])
def test_a_file_that_is_no_document_is_refused_in_words(page: Any, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.json").write_bytes(content)
    page.set_input_files("#file", tmp_path / "bad.json")
    page.wait_for_selector("[role=alert] :text('The file cannot be used')")
    assert page.input_value("#text") == ""


HOSTILE = "It's \"x\" $(touch pwned) `id` \\ '; </script><script>document.title='evil'</script> 😀 \u202etxt \u2028 end, the tax."


@pytest.mark.parametrize("language", ["curl", "python"])
def test_the_copied_call_gives_the_same_answer(
    open_page: Callable[..., Any], service_url: str, tmp_path: Path, language: str
) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    label(page, HOSTILE, "-- 'quoted'")
    page.click("#call summary")
    page.click(f"[data-copy={language}]")
    page.wait_for_selector("#status:text-is('Copied.')")
    call = page.evaluate("navigator.clipboard.readText()")
    command = ["sh", "-c", call] if language == "curl" else [sys.executable, "-c", call]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert json.loads(done.stdout) == asked(service_url, {"title": "-- 'quoted'", "text": HOSTILE})
    assert list(tmp_path.iterdir()) == []


def test_hostile_text_shows_as_text(page: Any) -> None:
    label(page, HOSTILE, "<img src=x onerror=document.title='evil'>")
    assert page.title() == "Newsstand: label an article"
    assert page.locator("#article script, #article img").count() == 0
    shown = page.text_content("#article p")
    assert "<script>document.title='evil'</script>" in shown
    assert "\u202e" not in shown and "U+202E" in shown
    assert page.text_content("#article h2") == "<img src=x onerror=document.title='evil'>"


@pytest.mark.parametrize("width", [320, 1280])
def test_a_megabyte_on_one_line_stays_within_the_page(open_page: Callable[..., Any], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 700})
    text = "x" * 1_000_000
    page.evaluate("text => { document.getElementById('text').value = text; }", text)
    page.click("#submit")
    page.wait_for_selector("#leaning:not([hidden])", timeout=60_000)
    assert page.evaluate("document.querySelector('#article p').textContent.length") == len(text)
    assert page.evaluate("document.documentElement.scrollWidth") == width
