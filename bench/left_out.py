"""Measure how the accurate stance head carries over to a corpus of which it has seen nothing: leave one corpus out, in turn.

  python -m bench.left_out corpora PUBLISHED --folder left-out --write

``corpora`` holds what ``newsstand corpus import NAME … --part train -o corpora/stance-NAME.jsonl`` wrote; PUBLISHED is the folder with the corpora as their publishers give them, whose test parts
judge. Everything is trained by ``newsstand train``: first one encoder from MiniLM on corpora of comments and debates alone, then from
it one for each row, on all but the corpus left out. --folder keeps the runs: what is there is not trained again, so the command can
be stopped and goes on. Five trainings: an hour on two cores.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Sequence
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

from bench.quality import command
from bench.report import Measurement, write_section
from bench.stance import BASE, PARTS, documents_of, judged
from newsstand import artifact
from newsstand.documents import Document
from newsstand.formats import CorpusHeader, read_documents, read_header, write_documents
from newsstand.resources import data_file

LEFT_OUT = {
    "newsmtsc": ("newsmtsc-rw", 0.55),
    "emergent": ("emergent", 0.55),
    "semeval2016-task6": ("semeval", 0.50),
    "persent": ("persent-dev", 0.45),
}
"""The corpora that are left out in turn, the part that judges, and the macro-F1 that is wanted of it."""
ALWAYS = {
    "vast": 1_200_000,
    "iam": 150_000,
    "ibm-claim-stance": 150_000,
    "ibm-30k-arguments": 150_000,
    "perspectrum": 150_000,
}
"""What is never left out, and how many characters of it the training reads that all begin with. FNC-1 is not there: it is made of the
articles of Emergent."""
NEWS = ("newsmtsc", "emergent")
"""The kinds of text that the head is made for; others count a quarter for its calibration, as in the default model."""
CHARACTERS = {"newsmtsc": 600_000, "emergent": 600_000, "semeval2016-task6": 100_000}
"""What a row reads of the other corpora of the table. PerSenT is no part of any training: its paragraphs made the head take news for kind."""
OWN = 600_000
"""The same of the articles written for this project."""
AGAIN = 0.1
"""How much of what all begin with a row reads again, so that it is not forgotten."""
HOW = f"""`python -m bench.left_out`: an encoder fine-tuned from MiniLM on VAST ({ALWAYS["vast"]:,} characters), IAM, IBM's two corpora and Perspectrum
({ALWAYS["iam"]:,} of each) for one epoch, and from there, for each row, one more epoch on the other corpora of the table (at most {CHARACTERS["newsmtsc"]:,}
characters of NewsMTSC and Emergent, {CHARACTERS["semeval2016-task6"]:,} of SemEval), {OWN:,} of the articles written for this project, its short texts
and a tenth of what it began with, passages cut at 128 tokens; then calibrated on what was held out, all by `newsstand train`. None learns from
PerSenT, or from FNC-1, which is made of the articles of Emergent. *left out*: macro-F1 of the accurate head on the test part of the one corpus of
which nothing was learned, neither weights nor calibration; of PerSenT, on its development part. The protocol was changed while the row of NewsMTSC
was looked at ([how](design/0013-claims-and-corpora-never-seen.md)), thirteen times in all; Emergent was looked at five times, SemEval too, PerSenT four times.
*wanted*: what was aimed at. *majority*: macro-F1 of always giving the commonest stance."""


def main() -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.left_out", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path, help="folder with stance-NAME.jsonl, the training parts")
    parser.add_argument("published", type=Path, help="folder with the published corpora")
    parser.add_argument("--folder", type=Path, required=True, help="where thinned corpora and runs are kept")
    parser.add_argument("--encoder", default=BASE, help=f"what to begin with (default: {BASE})")
    parser.add_argument("--only", choices=LEFT_OUT, action="append", help="one of them; may be repeated")
    parser.add_argument("--write", action="store_true", help="write the section of docs/benchmarks.md")
    arguments = parser.parse_args()
    rows = []
    for name in arguments.only or LEFT_OUT:
        run = train_without(name, arguments.corpora, arguments.folder, arguments.encoder)
        rows.append(row_of(name, run, arguments.published))
        print(json.dumps({"measurement": "left out", **rows[-1]}), flush=True)
    measurement = Measurement("A corpus never seen", HOW, rows, heading="###")
    print(measurement.text())
    if arguments.write:
        write_section("left-out", measurement)
    return 0


def train_without(name: str, corpora: Path, folder: Path, encoder: str) -> Path:
    """The run that has learned nothing of one corpus; trained where it is not there yet."""
    known = {corpora / f"stance-{other}.jsonl": characters for other, characters in ALWAYS.items()}
    broad = [thinned(file, folder / "broad", characters) for file, characters in known.items()]
    begun = trained("without-all", broad, folder, ("--encoder", encoder))
    others = [other for other in CHARACTERS if other != name]
    near, again = folder / "near", folder / "again"
    parts = {other: thinned(corpora / f"stance-{other}.jsonl", near, CHARACTERS[other]) for other in others}
    news = [parts[other] for other in others if other in NEWS]
    news.append(thinned(joined(own_texts(), folder / "newsstand-texts.jsonl"), near, OWN))
    talk = [parts[other] for other in others if other not in NEWS]
    talk += [thinned(file, again, int(AGAIN * characters)) for file, characters in known.items()]
    talk += [file for file in short_texts() if "posts" in file.name]
    # As few corpora, not as a dozen, of which the small ones would come several times.
    files = [joined(news, folder / f"newsstand-news-without-{name}.jsonl")]
    files.append(joined(talk, folder / f"talk-without-{name}.jsonl"))
    quarter = ("--stance-weight", f"{files[1].stem}=0.25")
    files += [file for file in short_texts() if "posts" not in file.name]
    return trained(f"without-{name}", files, folder, ("--encoder", encoder, "--encoder-from", str(begun), *quarter))


def trained(run: str, files: Sequence[Path], folder: Path, options: Sequence[str]) -> Path:
    """A run with a stance head alone; trained where it is not there yet."""
    if not (folder / run).exists():
        heads = (
            "--heads",
            "stance",
            "--encoder-epochs",
            "1",
            "--encoder-tokens",
            "128",
            "--encoder-rate",
            "1e-4",
            *options,
        )
        command("train", *files, *heads, "--name", run, "--models", folder)
    return folder / run


def own_texts() -> list[Path]:
    """The articles written for this project with gold stances."""
    articles = sorted(set(data_file("stances").glob("*.jsonl")) - set(short_texts()))
    return [*sorted(data_file("sample").glob("*.jsonl")), *articles]


def short_texts() -> list[Path]:
    """Sentences, reports of claims, posts and other short texts that were written for it, all of which are read."""
    return sorted(data_file("stances").glob("short-*.jsonl"))


def joined(files: Sequence[Path], file: Path) -> Path:
    """A file with the documents of several."""
    if not file.exists():
        write_documents(file, chain.from_iterable(map(read_documents, files)), CorpusHeader(file.stem))
    return file


def thinned(corpus: Path, folder: Path, characters: int) -> Path:
    """A file with some documents of a corpus, always the same ones, until there are so many characters to read for its targets."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / corpus.name
    if not file.exists():
        documents = sorted(read_documents(corpus), key=_drawn)
        read = accumulate(len(document.text) * len(document.stances or ()) for document in documents)
        chosen = [document for document, total in zip(documents, read, strict=True) if total <= characters]
        write_documents(file, chosen, read_header(corpus))
    return file


def _drawn(document: Document) -> int:
    """Where a document comes in an order that is random and always the same."""
    return zlib.crc32(document.text.encode("utf-8", "replace"))


def row_of(name: str, run: Path, published: Path) -> dict[str, Any]:
    """How well the run tells the stances of the corpus that it has not seen."""
    part, wanted = LEFT_OUT[name]
    heads = artifact.load(run).stance
    assert heads
    found = judged(heads, documents_of(published, PARTS[part]), "accurate")
    low, high = found["intervals"]["macro_f1"]
    return {
        "corpus": name,
        "left_out": f"{found['macro_f1']:.3f} [{low:.3f}, {high:.3f}]",
        "F_avg": f"{found['f_avg']:.3f}",
        "wanted": f"{wanted:.2f}",
        "majority": f"{found['majority_macro_f1']:.3f}",
        "given": f"{found['coverage']:.2f}",
        "right_of_those": f"{found['selective_accuracy']:.2f}" if found["selective_accuracy"] else "",
    }


if __name__ == "__main__":
    sys.exit(main())
