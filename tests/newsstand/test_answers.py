"""The answer as the JSON object of the contract."""

from __future__ import annotations

import json
import typing

from newsstand.answers import (
    ABSTENTION_REASONS,
    Abstention,
    AbstentionReason,
    Answer,
    LeaningLabel,
    Span,
    TopicLabel,
)

IMMIGRATION = TopicLabel("immigration", "medtop:20000771", 0.93456, (Span("text", 14, 22, -0.41239),))


def test_an_answer_has_the_keys_of_the_contract() -> None:
    answer = Answer(
        id="a1",
        language="en",
        topics=(IMMIGRATION,),
        leaning=LeaningLabel(None, {"left": 0.41, "center": 0.33, "right": 0.26}),
        abstained=(Abstention("leaning", "low_confidence"),),
        run="2026-11-24-en-news",
        fingerprint="sha256:0",
    )
    assert json.loads(json.dumps(answer.to_dict())) == {
        "id": "a1",
        "language": "en",
        "topics": [
            {
                "label": "immigration",
                "code": "medtop:20000771",
                "score": 0.9346,
                "evidence": [{"field": "text", "start": 14, "end": 22, "weight": -0.4124}],
            }
        ],
        "stances": [],
        "leaning": {"label": None, "scores": {"left": 0.41, "center": 0.33, "right": 0.26}, "evidence": []},
        "abstained": [{"head": "leaning", "reason": "low_confidence"}],
        "model": {"run": "2026-11-24-en-news", "fingerprint": "sha256:0"},
    }


def test_what_a_run_does_not_know_is_null() -> None:
    answer = Answer(None, None, (), None, (), "small", "sha256:0").to_dict()
    assert (answer["id"], answer["language"], answer["leaning"], answer["topics"]) == (None, None, None, [])


def test_every_reason_to_abstain_is_explained() -> None:
    assert tuple(ABSTENTION_REASONS) == typing.get_args(AbstentionReason)
    assert all(ABSTENTION_REASONS.values())
