"""20 Newsgroups, sorted by date: a file a posting, in folders named for groups. Not for news spools or mailboxes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.labels import LabelSet
from train.importers.archives import read_members
from train.importers.labels import optional_mapping, translate

CORPUS = "newsgroups"
LICENCE = None  # the publisher states none
SOURCE = "http://qwone.com/~jason/20Newsgroups/"
NEEDS_MAPPING = False
MAIN_TOPIC_ONLY = False
LABELS = (
    "alt.atheism",
    "comp.graphics",
    "comp.os.ms-windows.misc",
    "comp.sys.ibm.pc.hardware",
    "comp.sys.mac.hardware",
    "comp.windows.x",
    "misc.forsale",
    "rec.autos",
    "rec.motorcycles",
    "rec.sport.baseball",
    "rec.sport.hockey",
    "sci.crypt",
    "sci.electronics",
    "sci.med",
    "sci.space",
    "soc.religion.christian",
    "talk.politics.guns",
    "talk.politics.mideast",
    "talk.politics.misc",
    "talk.religion.misc",
)

_GROUPS = frozenset(LABELS)
_SENDER = re.compile(r"^From:[^\n]*?@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)", re.MULTILINE)
_QUOTED = re.compile(r"writes in|writes:|wrote:|says:|said:|^In article|^Quoted from|^[|>]")


def read(
    path: str | Path,
    label_set: LabelSet,
    *,
    published_labels: bool,
    on_error: Callable[[InputError], None],
    part: str | None = None,
    strip: bool = False,
) -> Iterator[Document]:
    """Stream the postings. Each was sent to one group, which is its only topic; its source is the host of whoever sent it.

    Parameters
    ----------
    path : str or Path
        The folder with ``20news-bydate-train`` and ``20news-bydate-test``, or an archive of it.
    label_set : LabelSet
        If it has a mapping ``newsgroups``, that translates the groups; otherwise they stay as published.
    published_labels : bool
        Keep the groups in any case.
    on_error : callable
        Receives the error of every posting that cannot be read.
    part : {"train", "test"}, optional
        11,314 postings for training, or the 7,532 later ones for testing; without it, both.
    strip : bool
        Without headers, quotes and signatures, which give the group away (see :func:`stripped`).

    Raises
    ------
    FormatError
        If the archive is damaged.
    """
    mapping = optional_mapping(CORPUS, label_set, published_labels=published_labels)
    for name, content in read_members(Path(path), lambda name: _is_posting(name, part)):
        if isinstance(content, InputError):
            on_error(content)
            continue
        group = name.parts[-2]
        text = content.decode("latin-1").replace("\r\n", "\n")
        yield Document(
            text=stripped(text) if strip else text,
            id=f"{group}/{name.name}",
            source=_sender(text),
            language="en",
            topics=translate((group,), mapping),
        )


def _is_posting(name: PurePosixPath, part: str | None) -> bool:
    if len(name.parts) < 2 or name.parts[-2] not in _GROUPS:
        return False
    return part is None or (len(name.parts) > 2 and name.parts[-3].endswith(f"-{part}"))


def _sender(text: str) -> str | None:
    """The host of a posting's sender: what an outlet is to an article, so that nobody is judged by what he wrote before."""
    found = _SENDER.search(text.partition("\n\n")[0])
    return found.group(1).lower() if found else None


def stripped(text: str) -> str:
    r"""Leave of a posting what its writer wrote.

    Goes by the rules that published figures are based on, those of scikit-learn's
    ``fetch_20newsgroups(remove=("headers", "footers", "quotes"))``: headers end at the first empty line; a signature
    begins after the last line that is empty or of hyphens only; quotes are lines that begin with ``>`` or ``|`` or
    introduce one. Rough rules: the last paragraph of a posting without a signature goes too.

    Parameters
    ----------
    text : str
        The whole posting, lines ended by ``\n``.
    """
    _, _, body = text.partition("\n\n")
    lines = body.strip().split("\n")
    last = next((n for n in range(len(lines) - 1, 0, -1) if not lines[n].strip().strip("-")), None)
    kept = body.split("\n") if last is None else lines[:last]
    return "\n".join(line for line in kept if not _QUOTED.search(line))
