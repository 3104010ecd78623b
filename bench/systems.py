"""The systems compared, each as a user would write it: fit on documents, save, load, label one text at a time.

All answer the same two questions: which of the published topics, and which leaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from newsstand.documents import LEANINGS, Document

Ranked = tuple[list[str], str]
"""The three likeliest topics, and the leaning."""


class System(Protocol):
    """What a measurement needs of a system."""

    def fit(self, documents: Sequence[Document], folder: Path) -> None:
        """Train, and save into an empty folder."""

    def load(self, folder: Path) -> None:
        """Make ready to label."""

    def label(self, title: str, text: str) -> Any:
        """Label one article, as a user would call it."""

    def rank(self, title: str, text: str) -> Ranked:
        """The same with three topics in any case, for quality."""


class Newsstand:
    """This project, through its own training and tagger."""

    def fit(self, documents: Sequence[Document], folder: Path) -> None:
        """Train with the defaults of ``newsstand train``."""
        from newsstand.formats import CorpusHeader, write_documents
        from newsstand.registry import Registry
        from train.fit import FitOptions
        from train.training import train

        corpus = folder / "corpus.jsonl"
        write_documents(corpus, documents, CorpusHeader("allsides", main_topic_only=True))
        train([str(corpus)], "run", Registry(folder), FitOptions(), on_progress=lambda stage, share: None)
        corpus.unlink()

    def load(self, folder: Path) -> None:
        """Load the run, checking hashes and golden answers."""
        from newsstand.tagger import Tagger

        self.tagger = Tagger.load(folder / "run")

    def label(self, title: str, text: str) -> Any:
        """Topics and leaning with calibrated scores, without evidence."""
        return self.tagger.label(Document(title=title, text=text), explain=False)

    def rank(self, title: str, text: str) -> Ranked:
        """Likeliest topics and leaning."""
        assert self.tagger.run.topics
        topics, leanings = self.tagger.probabilities(Document(title=title, text=text))
        ids = self.tagger.run.topics.labels.ids
        ranking = self.tagger.run.topics.ranking(topics)
        return [ids[n] for n in np.argsort(-ranking)[:3]], LEANINGS[int(leanings.argmax())]


class ScikitLearn:
    """TF-IDF over words and pairs of words, and LinearSVC, one for topics and one for leanings, saved with joblib."""

    def fit(self, documents: Sequence[Document], folder: Path) -> None:
        """Train as the documentation of scikit-learn has it."""
        import joblib
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.svm import LinearSVC

        vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        X = vectorizer.fit_transform(joined(d.title, d.text) for d in documents)
        topics = LinearSVC(C=0.3).fit(X, [first_topic(d) for d in documents])
        leaning = LinearSVC(C=0.3).fit(X, [d.leaning for d in documents])
        joblib.dump((vectorizer, topics, leaning), folder / "model.joblib")

    def load(self, folder: Path) -> None:
        """Load with joblib."""
        import joblib

        self.vectorizer, self.topics, self.leaning = joblib.load(folder / "model.joblib")

    def label(self, title: str, text: str) -> Any:
        """Predict both."""
        row = self.vectorizer.transform([joined(title, text)])
        return self.topics.predict(row), self.leaning.predict(row)

    def rank(self, title: str, text: str) -> Ranked:
        """Likeliest topics by margin, and the leaning."""
        row = self.vectorizer.transform([joined(title, text)])
        margins: NDArray[np.float64] = self.topics.decision_function(row)[0]
        return [str(self.topics.classes_[n]) for n in np.argsort(-margins)[:3]], str(self.leaning.predict(row)[0])


class FastText:
    """fastText with word pairs, 10 epochs, 100 dimensions and its usual learning rate, one model for topics and one for leanings."""

    def fit(self, documents: Sequence[Document], folder: Path) -> None:
        """Train from a file a model, as fastText wants it."""
        import fasttext

        for question, label_of in (("topics", first_topic), ("leaning", lambda d: str(d.leaning))):
            lines = folder / "train.txt"
            lines.write_text(
                "".join(f"__label__{label_of(d)} {one_line(d.title, d.text)}\n" for d in documents), encoding="utf-8"
            )
            model = fasttext.train_supervised(str(lines), epoch=10, wordNgrams=2, dim=100, verbose=0, thread=2)
            model.save_model(str(folder / f"{question}.bin"))
            lines.unlink()

    def load(self, folder: Path) -> None:
        """Load both models."""
        import fasttext

        self.topics, self.leaning = (fasttext.load_model(str(folder / f"{q}.bin")) for q in ("topics", "leaning"))

    def label(self, title: str, text: str) -> Any:
        """Predict both."""
        line = one_line(title, text) + "\n"
        return self.topics.f.predict(line, 1, 0.0, "strict"), self.leaning.f.predict(line, 1, 0.0, "strict")

    def rank(self, title: str, text: str) -> Ranked:
        """Likeliest topics and leaning."""
        line = one_line(title, text) + "\n"
        topics = [label.removeprefix("__label__") for _, label in self.topics.f.predict(line, 3, 0.0, "strict")]
        return topics, self.leaning.f.predict(line, 1, 0.0, "strict")[0][1].removeprefix("__label__")


SYSTEMS: dict[str, type[System]] = {"newsstand": Newsstand, "scikit-learn": ScikitLearn, "fasttext": FastText}


def joined(title: str, text: str) -> str:
    """Title and text as one string."""
    return f"{title}\n{text}"


def one_line(title: str, text: str) -> str:
    """Title and text on one line, lower case."""
    return " ".join(joined(title, text).lower().split())


def first_topic(document: Document) -> str:
    """The one topic of a document of a corpus that gives one."""
    assert document.topics
    return document.topics[0]
