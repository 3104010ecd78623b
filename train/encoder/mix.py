"""Which pairs of target and passage an encoder learns from, and in what proportion. Not for learning (see ``finetune``)."""

from __future__ import annotations

import random
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from newsstand.stance.head import NEUTRAL
from newsstand.stance.passages import Passage
from train.encoder.motions import subject_of
from train.stance.pairs import StanceExamples

NEWS = frozenset(
    ("newsmtsc", "emergent", "fnc-1", "persent", "persent-paragraphs", "allsides-stances", "allsides-passages")
)
OWN = "newsstand-"  # how the names of Newsstand's own corpora begin
POSTS = "newsstand-stances-short-posts"  # the one of them that is no news
MOST = 3600  # pairs of one corpus and stance in an epoch
MOST_UNMENTIONED = 2300
MOST_TWO_SIDED = 1300  # of a corpus without neutral stances, which teaches an encoder never to answer neutral
FEW = 1000  # news pairs of one stance; fewer come several times
MOST_TIMES = 4
SUBJECT = ", subject"
MOST_ASKED = 3000  # passages of a corpus to ask a teacher about other targets of
SWAPPED_SHARE = 0.06  # of the news pairs, again with the target of another: nothing is said about it
FREQUENT = 20  # examples of a target; beyond, a held-out part takes documents, not targets
HELD_OUT_SHARE = 0.08


Shares = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Pair:
    """One example: what to read, and the stance (favor, against, neutral) as a number.

    ``told`` are probabilities of the three to learn instead (see :func:`train.encoder.teacher.taught`).
    """

    target: str
    passage: str
    gold: int
    corpus: str
    mentioned: bool
    told: Shares | None = None

    @property
    def aim(self) -> Shares:
        """What to answer: the gold stance, or what was told."""
        if self.told is not None:
            return self.told
        favor, against, neutral = (float(self.gold == stance) for stance in range(3))
        return favor, against, neutral


def held_out_rows(examples: StanceExamples) -> list[bool]:
    """Which examples judge: one target in twelve with all its examples, and of frequent targets one document in twelve.

    A hash decides, so that another training of the same corpora, beside others, holds out the same.
    """
    names = [
        (corpus, target.casefold()) for corpus, target in zip(examples.corpus.tolist(), examples.targets, strict=True)
    ]
    counts = Counter(names)
    keys = [
        f"{text_hash}" if counts[name] > FREQUENT else name[1]
        for name, text_hash in zip(names, examples.text_hash.tolist(), strict=True)
    ]
    return [zlib.crc32(key.encode("utf-8", "replace")) % 1000 < 1000 * HELD_OUT_SHARE for key in keys]


def pairs_of(examples: StanceExamples, names: Sequence[str], rows: Sequence[int]) -> list[Pair]:
    """The pairs of some examples: of each its most telling passage, and of motions their subjects too.

    Parameters
    ----------
    examples : StanceExamples
    names : sequence of str
        Of the corpora.
    rows : sequence of int
        Which examples.
    """
    pairs = []
    for row in rows:
        corpus = names[examples.corpus[row]]
        passage = _most_telling(examples.read[row])
        pair = Pair(examples.targets[row], passage.text, int(examples.gold[row]), corpus, bool(examples.mentioned[row]))
        pairs.append(pair)
        subject = subject_of(pair.target) if not _is_news(corpus) else None
        if subject and pair.gold != NEUTRAL:
            gold = pair.gold if subject[1] else 1 - pair.gold
            pairs.append(replace(pair, target=subject[0], gold=gold, corpus=f"{corpus}{SUBJECT}"))
    return pairs


def _is_news(corpus: str) -> bool:
    return corpus in NEWS or (corpus.startswith(OWN) and corpus != POSTS)


def _most_telling(read: Sequence[Passage]) -> Passage:
    """The passage with most mentions, the first of equals."""
    return max(read, key=lambda passage: len(passage.mentions))


def epoch_of(pairs: Sequence[Pair], epoch: int, seed: int) -> list[Pair]:
    """The pairs of one epoch: capped by corpus and stance, at least half of them news where there is news.

    A later epoch draws other pairs of the large corpora. A tenth of a corpus whose target is not mentioned says nothing
    that an article with a mention could ask; it is capped lower.
    """
    draw = random.Random(f"{seed}/{epoch}")
    by_part: dict[tuple[str, int, bool], list[Pair]] = defaultdict(list)
    for pair in pairs:
        unmentioned = pair.gold == NEUTRAL and not pair.mentioned
        by_part[pair.corpus, pair.gold, unmentioned].append(pair)
    three_sided = {pair.corpus for pair in pairs if pair.gold == NEUTRAL}
    news: list[Pair] = []
    others: list[Pair] = []
    for (corpus, _, unmentioned), part in sorted(by_part.items()):
        if _is_news(corpus) and not unmentioned:
            part = part * min(MOST_TIMES, -(-FEW // len(part)))
        most = MOST_UNMENTIONED if unmentioned else MOST if corpus in three_sided else MOST_TWO_SIDED
        chosen = part if len(part) <= most else draw.sample(part, most)
        (news if _is_news(corpus) else others).extend(chosen)
    if news and len(others) > len(news):
        others = draw.sample(others, len(news))
    mixed = news + others + _swapped(news or others, draw)
    draw.shuffle(mixed)
    return mixed


def with_other_targets(pairs: Sequence[Pair], seed: int) -> list[Pair]:
    """Passages of comments, posts and debates, each with up to two targets that the same corpus asks other passages about.

    One is any of them, which is mostly not what the passage is about; the other one's last word stands in the passage, where there
    is such a target. Nobody knows their stances: ``gold`` is a guess, and they are to be told by a teacher. At most 3,000 passages of a
    corpus are taken. News is left out: what a report says of a target that it was not written about is mostly nothing.
    """
    draw = random.Random(f"{seed}/others")
    by_corpus: dict[str, dict[str, set[str]]] = defaultdict(dict)
    for pair in pairs:
        if not _is_news(pair.corpus) and not pair.corpus.endswith(SUBJECT):
            by_corpus[pair.corpus].setdefault(pair.passage, set()).add(pair.target)
    asked = []
    for corpus, asked_of in sorted(by_corpus.items()):
        targets = sorted(set().union(*asked_of.values()))
        last_word = {target: target.split()[-1].casefold() for target in targets}
        for passage in draw.sample(sorted(asked_of), min(len(asked_of), MOST_ASKED)):
            others = [target for target in targets if target not in asked_of[passage]]
            folded = passage.casefold()
            named = [target for target in others if last_word[target] in folded]
            drawn = {draw.choice(some) for some in (others, named) if some}
            asked += [Pair(target, passage, NEUTRAL, f"{corpus}, asked", mentioned=False) for target in sorted(drawn)]
    return asked


def _swapped(pairs: Sequence[Pair], draw: random.Random) -> list[Pair]:
    """Pairs with the target of another, whose last word the passage lacks: neutral."""
    swapped = []
    for pair in draw.sample(pairs, int(len(pairs) * SWAPPED_SHARE)):
        target = draw.choice(pairs).target
        if target.split()[-1].casefold() not in pair.passage.casefold():
            swapped.append(replace(pair, target=target, gold=NEUTRAL, mentioned=False, told=None))
    return swapped
