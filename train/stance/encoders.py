"""The encoder that a run reads stances with. Not for fine-tuning one (see ``train.encoder``)."""

from __future__ import annotations

from newsstand.artifact import Run
from newsstand.stance.encoder import EncoderScorer
from newsstand.stance.joint import JointScorer


def encoder_of(run: Run) -> EncoderScorer | None:
    """The encoder of a run, ``None`` where it has none."""
    scorer = run.stance.accurate.scorer if run.stance and run.stance.accurate else None
    scorer = scorer.encoder if isinstance(scorer, JointScorer) else scorer
    return scorer if isinstance(scorer, EncoderScorer) else None
