"""Measure how the accurate stance head carries over to a corpus of which it has seen nothing: leave one corpus out, in turn.

  python -m bench.left_out corpora PUBLISHED --folder left-out --write

``corpora`` holds what ``newsstand corpus import NAME … --part train -o corpora/stance-NAME.jsonl`` wrote; PUBLISHED is the folder with
the corpora as their publishers give them, whose test parts judge. Everything is trained by ``newsstand train``: first one encoder from
MiniLM without any of the four corpora, then from it one for each corpus, on all others. --folder keeps the runs: what is there is not trained
again, so the command can be stopped and goes on. Five trainings: it takes hours on two cores.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.quality import command
from bench.report import Measurement, write_section
from bench.stance import BASE, PARTS, documents_of, judged
from newsstand import artifact
from newsstand.formats import read_documents, read_header, write_documents
from newsstand.resources import data_file

LEFT_OUT = {
    "newsmtsc": ("newsmtsc-rw", 0.55),
    "persent": ("persent-dev", 0.45),
    "semeval2016-task6": ("semeval", 0.50),
    "emergent": ("emergent", 0.55),
}
"""The corpora that are left out in turn, the part that judges, and the macro-F1 that is wanted of it."""
ALWAYS = ("vast", "iam", "ibm-claim-stance", "ibm-30k-arguments", "perspectrum")
"""What is never left out. FNC-1 is not there: it is made of the articles of Emergent."""
OWN_STANCES = ("wire.jsonl", "reports.jsonl")
DOCUMENTS = 1000
EPOCHS = "1"
HOW = f"""`python -m bench.left_out`: an encoder fine-tuned from MiniLM on VAST, IAM, IBM's two corpora and Perspectrum for one
epoch, and from there, for each row, one more epoch on these corpora, a third of the written articles of this project and all other corpora of the table, at most {DOCUMENTS:,} documents of a
published corpus (and none of FNC-1, which is made of the articles of Emergent); then calibrated, all by `newsstand train`. *left out*: macro-F1 of the accurate head on the test part of the one corpus of which nothing was
learned, neither weights nor calibration. *wanted*: what was aimed at. *majority*: macro-F1 of always giving the commonest stance. PerSenT is no part of any training of this
project, so its row is a run without it like any other."""


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
    begun = trained("without-all", thinned(ALWAYS, corpora, folder), folder, ("--encoder", encoder))
    others = [other for other in LEFT_OUT if other not in (name, "persent")]
    files = [*own_texts(), *thinned((*ALWAYS, *others), corpora, folder)]
    return trained(f"without-{name}", files, folder, ("--encoder", encoder, "--encoder-from", str(begun)))


def trained(run: str, files: Sequence[Path], folder: Path, options: Sequence[str]) -> Path:
    """A run with a stance head alone; trained where it is not there yet."""
    if not (folder / run).exists():
        heads = ("--heads", "stance", "--encoder-epochs", EPOCHS, *options)
        command("train", *files, *heads, "--name", run, "--models", folder)
    return folder / run


def own_texts() -> list[Path]:
    """Some of the articles written for this project: they are long, and all of them would take most of the time."""
    return [*sorted(data_file("sample").glob("*.jsonl")), *(data_file("stances") / name for name in OWN_STANCES)]


def thinned(names: Sequence[str], corpora: Path, folder: Path) -> list[Path]:
    """Files with some documents of each corpus, always the same ones."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"stance-{name}.jsonl" for name in names]
    for file in files:
        if not file.exists():
            documents = sorted(
                read_documents(corpora / file.name),
                key=lambda document: zlib.crc32(document.text.encode("utf-8", "replace")),
            )
            write_documents(file, documents[:DOCUMENTS], read_header(corpora / file.name))
    return files


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
