"""Labels documents with a loaded run: the one place where features, heads and evidence meet. Knows no HTTP and no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from newsstand import artifact, kernel
from newsstand.answers import Abstention, AbstentionReason, Answer, LeaningLabel, TopicLabel
from newsstand.artifact import Run
from newsstand.documents import LEANINGS, Document
from newsstand.errors import ArtifactDamaged, ArtifactError
from newsstand.evidence import evidence
from newsstand.stance.modes import StanceChoice
from newsstand.text.language import identify

MIN_WORDS = 5
MIN_WORDS_FOR_LANGUAGE = 12
SHORT_WORDS = 50
SHORT_SCORE = 0.8
"""A text of fewer words tells too little of whether it is like the training corpus: its topics must be likelier."""

GOLDEN_TOLERANCE = 0.002


class Tagger:
    """A run ready to label. Safe to use from several threads at once.

    Parameters
    ----------
    run : Run
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._vocabulary = run.spec.vocabulary(run.slots, len(run.table))
        self._scorer = kernel.Scorer(self._vocabulary, run.table, run.n_labels)
        self._n_topics = len(run.topics.labels) if run.topics else 0
        self._encoder_checked = False

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Load a run and make sure that it answers its golden texts as it did when it was trained.

        An encoder is loaded and checked when a stance first needs it, or by :meth:`check_encoder`: that takes longer than
        all of the rest.

        Raises
        ------
        ArtifactError
            If the run is damaged, foreign, too new, or answers differently.
        """
        tagger = cls(artifact.load(Path(path)))
        tagger.check_golden()
        return tagger

    def label(
        self,
        document: Document,
        *,
        targets: Sequence[str] | None = None,
        stance: StanceChoice | None = None,
        explain: bool = True,
    ) -> Answer:
        """Label one document; any text is legal, also an empty one.

        Parameters
        ----------
        document : Document
        targets : sequence of str, optional
            What to give stances towards, any phrases; without it, the known targets that the document mentions, at most
            five. Only a run with a stance head gives any.
        stance : {"off", "fast", "cascade", "accurate"}, optional
            Which stance head answers; see :class:`newsstand.stance.heads.StanceHeads`.
        explain : bool
            Whether to give evidence, which means to walk the text once more.
        """
        title, text = kernel.encode(document.title), kernel.encode(document.text)
        scores, words, norm = self._scorer.measure(title, text)
        language = _primary(document.language)
        if language is None:
            language = identify(document.text or document.title, text or title)
            if words < MIN_WORDS_FOR_LANGUAGE and language != "en":
                language = None  # a guess from so few words is noise
        refusal = self._refusal(words, language)
        if refusal:
            return self._answer(document, language, (), None, [Abstention(head, refusal) for head in self.run.heads])
        strange = self._is_strange(words, norm)
        topics = () if strange else self._topics(scores, words)
        leaning = self._leaning(scores)
        if explain:
            topics, leaning = self._explained(title, text, topics, leaning)
        abstained = []
        if self.run.topics and not topics:
            abstained.append(Abstention("topics", "off_topic" if strange else "low_confidence"))
        if leaning and leaning.label is None:
            abstained.append(Abstention("leaning", "low_confidence"))
        answer = self._answer(document, language, topics, leaning, abstained)
        if self.run.stance is None:
            return answer
        if not self._encoder_checked and self.run.stance.reads_slowly(targets, stance):
            self.check_encoder()
        stances, reasons = self.run.stance.label(document, targets, stance, explain=explain)
        return answer._replace(stances=stances, abstained=answer.abstained + reasons) if stances else answer

    def probabilities(self, document: Document) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Calibrated probabilities of every topic and every leaning, whether or not they would be given as labels.

        Returns
        -------
        topics : array of shape (n_topics,)
        leanings : array of shape (3,), or (0,) where the run has no leaning head
        """
        scores, _ = self._scorer.score(kernel.encode(document.title), kernel.encode(document.text))
        none = np.empty(0, np.float32)
        topics = self.run.topics.probabilities(scores[: self._n_topics]) if self.run.topics else none
        leanings = self.run.leaning.probabilities(scores[self._n_topics :]) if self.run.leaning else none
        return topics, leanings

    def check_golden(self) -> None:
        """Make sure that the run answers its golden texts as it did when it was trained, but for those that take an encoder.

        Raises
        ------
        ArtifactDamaged
        """
        self._check([entry for entry in self.run.golden if not self._reads_slowly(entry)])

    def check_encoder(self) -> None:
        """Load the encoder, if the run has one, and make sure that it answers its golden texts as when it was trained.

        Raises
        ------
        ArtifactError
        """
        self._encoder_checked = True
        try:
            if self.run.stance:
                self.run.stance.load()
            self._check([entry for entry in self.run.golden if self._reads_slowly(entry)])
        except ArtifactError:
            self._encoder_checked = False
            raise

    def _reads_slowly(self, entry: Mapping[str, Any]) -> bool:
        return self.run.stance is not None and self.run.stance.reads_slowly(entry.get("targets"), None)

    def _check(self, entries: Sequence[Mapping[str, Any]]) -> None:
        for entry in entries:
            targets = entry.get("targets")
            rounding = self.run.stance.rounding(targets) if self.run.stance else 0.0
            answer = self.label(Document.from_dict(entry["document"]), targets=targets, explain=False).to_dict()
            if not _same_answer(answer, entry["answer"], rounding):
                raise ArtifactDamaged(
                    f"the run {self.run.name!r} answers golden text {self.run.golden.index(entry) + 1} differently than when "
                    "it was trained: it was altered, or this machine computes differently; train it anew"
                )

    def _refusal(self, words: int, language: str | None) -> AbstentionReason | None:
        if words < MIN_WORDS:
            return "too_short"
        if language is not None and language not in self.run.languages and words >= MIN_WORDS_FOR_LANGUAGE:
            return "language_not_supported"
        return None

    def _is_strange(self, words: int, norm: float) -> bool:
        """Whether the text is unlike those that the topics were learned from."""
        familiarity = self.run.topics.familiarity if self.run.topics else None
        return familiarity is not None and familiarity.is_strange(words, norm)

    def _topics(self, scores: kernel.Scores, words: int) -> tuple[TopicLabel, ...]:
        head = self.run.topics
        if head is None:
            return ()
        topics = head.labels.topics
        decided = head.decide(scores)
        if words < SHORT_WORDS and head.familiarity is not None:
            decided = [(column, score) for column, score in decided if score >= SHORT_SCORE]
        return tuple([TopicLabel(topics[column].id, topics[column].code, score) for column, score in decided])

    def _leaning(self, scores: kernel.Scores) -> LeaningLabel | None:
        head = self.run.leaning
        if head is None:
            return None
        return LeaningLabel(*head.decide(scores[self._n_topics : self.run.n_labels]))

    def _explained(
        self, title: bytes, text: bytes, topics: tuple[TopicLabel, ...], leaning: LeaningLabel | None
    ) -> tuple[tuple[TopicLabel, ...], LeaningLabel | None]:
        """The same labels with their evidence, in units of log-odds."""
        columns, slopes = [], []
        if self.run.topics:
            columns = [self.run.topics.labels.position(topic.label) for topic in topics]
            slopes = [float(self.run.topics.slope[column]) for column in columns]
        if self.run.leaning and leaning and leaning.label:
            columns.append(self._n_topics + LEANINGS.index(leaning.label))
            slopes.append(self.run.leaning.slope)
        if not columns:
            return topics, leaning
        contributions = self._scorer.explain(title, text, np.array(columns, np.uint32))
        found = evidence(*contributions, np.array(slopes, np.float32))
        explained = tuple(
            [TopicLabel(t.label, t.code, t.score, spans) for t, spans in zip(topics, found, strict=False)]
        )
        if leaning and leaning.label:
            leaning = leaning._replace(evidence=found[-1])
        return explained, leaning

    def _answer(
        self,
        document: Document,
        language: str | None,
        topics: tuple[TopicLabel, ...],
        leaning: LeaningLabel | None,
        abstained: list[Abstention],
    ) -> Answer:
        return Answer(document.id, language, topics, leaning, tuple(abstained), self.run.name, self.run.fingerprint)


def _primary(language: str | None) -> str | None:
    """The language part of a tag such as ``en-GB``."""
    return language.replace("_", "-").split("-")[0].lower() if language else None


def _same_answer(found: dict[str, Any], expected: dict[str, Any], rounding: float) -> bool:
    """Whether the labels are the same, their scores within what rounding may change.

    Where rounding may change the probabilities of stances by more than ``GOLDEN_TOLERANCE``, it may also change which of two is
    likelier: there, only the probabilities count.
    """
    exact = rounding <= GOLDEN_TOLERANCE

    def labels(answer: dict[str, Any]) -> Any:
        leaning = answer["leaning"]
        stances = answer.get("stances", ())
        return (
            [topic["label"] for topic in answer["topics"]],
            leaning and leaning["label"],
            [reason for reason in answer["abstained"] if exact or reason["head"] != "stance"],
            answer["language"],
            [(stance["target"], stance["mentioned"], exact and stance["stance"]) for stance in stances],
        )

    def scores(answer: dict[str, Any]) -> list[float]:
        leaning = answer["leaning"]
        return [topic["score"] for topic in answer["topics"]] + (list(leaning["scores"].values()) if leaning else [])

    def stance_scores(answer: dict[str, Any]) -> list[float]:
        return [score for stance in answer.get("stances", ()) for score in (stance["scores"] or {}).values()]

    try:
        return (
            labels(found) == labels(expected)
            and np.allclose(scores(found), scores(expected), rtol=0, atol=GOLDEN_TOLERANCE)
            and np.allclose(stance_scores(found), stance_scores(expected), rtol=0, atol=max(rounding, GOLDEN_TOLERANCE))
        )
    except (KeyError, TypeError, ValueError, AttributeError):  # what is expected is no answer at all
        return False
