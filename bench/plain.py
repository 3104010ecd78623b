"""The scikit-learn pipeline that most people would write, for the measurements of quality."""

from __future__ import annotations

from collections.abc import Sequence

from newsstand.documents import Document

Labels = Sequence[set[str]]
MARGIN = -0.3
"""From which a topic is given where documents have several: what is usual for Reuters, and better than 0."""


def plain_labels(learn: Sequence[Document], judge: Sequence[Document], *, exclusive: bool) -> Labels:
    """Topics of the judged documents from TF-IDF over words and pairs of words and linear support vector machines."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.preprocessing import MultiLabelBinarizer
    from sklearn.svm import LinearSVC

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    X = vectorizer.fit_transform(f"{d.title}\n{d.text}" for d in learn)
    rows = vectorizer.transform(f"{d.title}\n{d.text}" for d in judge)
    if exclusive:
        model = LinearSVC(C=1.0).fit(X, [(d.topics or ("",))[0] for d in learn])
        return [{str(topic)} for topic in model.predict(rows)]
    binarizer = MultiLabelBinarizer()
    several = OneVsRestClassifier(LinearSVC(C=4.0)).fit(X, binarizer.fit_transform([d.topics or () for d in learn]))
    given = several.decision_function(rows) >= MARGIN
    return [set(map(str, binarizer.classes_[row])) for row in given]
