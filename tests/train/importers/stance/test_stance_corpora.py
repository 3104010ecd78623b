"""Every published stance corpus becomes documents with stances, and a malformed record is named and left out."""

from __future__ import annotations

import csv
import io
import json
import os
import tarfile
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newsstand.documents import Document, GoldStance
from newsstand.errors import FormatError, InputError, SettingError
from newsstand.resources import data_file
from train.importers.stance import STANCE_CORPORA, Selection, judgments, parts_of, read_stances, stance_header
from train.importers.stance import judged as judged_corpora


def read(
    name: str, path: Path, part: str | None = None, *, unseen_targets: bool = False
) -> tuple[list[Document], list[str]]:
    errors: list[InputError] = []
    selection = Selection(part, unseen_targets)
    documents = list(read_stances(STANCE_CORPORA[name], path, selection, errors.append))
    return documents, [str(error).removeprefix(f"{path}:") for error in errors]


def write(folder: Path, **files: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def judged(document: Document) -> dict[str, str | None]:
    return {stance.target: stance.stance for stance in document.stances or ()}


def rows_of(file: str) -> list[dict[str, str]]:
    with data_file(file).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


# --- one corpus each ----------------------------------------------------------------------------------------------------

SEMEVAL = "ID\tTarget\tTweet\tStance\tOpinion towards\tSentiment\n"


def test_semeval_tweets_are_latin_1_and_their_quotes_mean_nothing(tmp_path: Path) -> None:
    rows = (
        '7\tTram Line\tThe "caf\xe9 line, at last\tFAVOR\tTARGET\tPOSITIVE\n8\tTram Line\tRain.\tNONE\tOTHER\tNEITHER\n'
    )
    folder = write(tmp_path / "semeval", **{"train.tsv": (SEMEVAL + rows).encode("latin-1")})
    documents, errors = read("semeval2016-task6", folder)
    assert errors == []
    assert documents[0] == Document(
        'The "café line, at last',
        id="semeval2016-task6/train/7",
        source="Tram Line",
        language="en",
        stances=(GoldStance("Tram Line", "favor"),),
    )
    assert judged(documents[1]) == {"Tram Line": "neutral"}


VAST = "author,post,new_topic,label,type_idx,topic_str,seen?,text\n"
VAST_ROWS = """ann,The ferries are late.,the ferries,0,1,ferry,1,late
ann,The ferries are late.,the ferries,2,4,cat,1,late
ann,The ferries are late.,ferry,0,3,ferry,0,late
bob,Cats sleep.,pet cats,1,1,cat,0,sleep
bob,Cats sleep.,the ferries,0,3,ferry,1,sleep
"""


def test_a_vast_comment_has_all_its_targets_in_the_form_that_people_wrote(tmp_path: Path) -> None:
    folder = write(tmp_path / "vast", **{"vast_train.csv": VAST + VAST_ROWS})
    documents, errors = read("vast", folder, "train")
    assert errors == []
    assert [document.id for document in documents] == ["vast/train/1", "vast/train/4"]
    assert judged(documents[0]) == {"the ferries": "against", "pet cats": "neutral"}  # not the topic of another row
    assert len(documents[0].stances or ()) == 2
    assert judged(documents[1]) == {"pet cats": "favor", "the ferries": "against"}


def test_vast_can_be_cut_down_to_unseen_targets(tmp_path: Path) -> None:
    folder = write(tmp_path / "vast", **{"vast_train.csv": VAST + VAST_ROWS})
    documents, _ = read("vast", folder, unseen_targets=True)
    assert [judged(document) for document in documents] == [{"the ferries": "against"}, {"pet cats": "favor"}]


def test_the_other_copy_of_vast_is_read_without_its_machine_written_column(tmp_path: Path) -> None:
    rows = (
        "Cats sleep.,pet cat,FAVOR,0,invalid,pet cats,MACHINE\nFerries sail.,pet cat,NONE,1,invalid,ferries,MACHINE\n"
    )
    table = "Tweet,Target 1,Stance 1,seen?,GT Target,new_topic,Wiki\n" + rows
    documents, _ = read("vast", write(tmp_path / "vast", **{"raw_val_all_onecol.csv": table}), "dev")
    assert [judged(document) for document in documents] == [{"pet cats": "favor"}, {"pet cats": "neutral"}]
    assert "MACHINE" not in str(documents)


def sentence(**fields: Any) -> str:
    targets = [{"mention": "Mayor Ilse Brandt", "polarity": 2.0}, {"mention": "she", "polarity": 4.0}]
    return json.dumps({"primary_gid": "harbour_1", "sentence_normalized": "Words.", "targets": targets} | fields) + "\n"


def test_a_newsmtsc_sentence_has_a_stance_towards_each_target(tmp_path: Path) -> None:
    folder = write(tmp_path / "n", **{"train.jsonl": sentence(), "devtest_rw.jsonl": sentence(primary_gid="x")})
    (document,), _ = read("newsmtsc", folder, "train")
    assert document.id == "newsmtsc/harbour_1"
    assert document.stances == (GoldStance("Mayor Ilse Brandt", "against"), GoldStance("she", "neutral"))
    assert [d.id for d in read("newsmtsc", folder, "test")[0]] == ["newsmtsc/x"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "expected an object"),
        (sentence(targets=["x"]), "every entry of 'targets'"),
        (sentence(targets=[{"mention": "x", "polarity": 3}]), "'polarity' must be one of 2, 4, 6"),
        (sentence(targets=[{"mention": "x", "polarity": "secret"}]), "'polarity' must be one of 2, 4, 6"),
        (sentence(targets=[{"mention": "", "polarity": 2}]), "'mention' is empty"),
        (sentence(sentence_normalized=None), "'sentence_normalized' is empty or no text"),
    ],
)
def test_a_malformed_newsmtsc_sentence_is_named_and_left_out(tmp_path: Path, line: str, reason: str) -> None:
    content = sentence() + line.rstrip("\n") + "\n" + sentence(primary_gid="harbour_2")
    documents, errors = read("newsmtsc", write(tmp_path / "n", **{"train.jsonl": content}))
    assert [document.id for document in documents] == ["newsmtsc/harbour_1", "newsmtsc/harbour_2"]
    assert len(errors) == 1 and "train.jsonl:2: " in errors[0] and reason in errors[0]
    assert "secret" not in errors[0]


def test_a_persent_article_has_the_sentiment_towards_its_main_entity(tmp_path: Path) -> None:
    names = "DOCUMENT_INDEX,TITLE,TARGET_ENTITY,DOCUMENT,MASKED_DOCUMENT,TRUE_SENTIMENT,Paragraph0\n"
    row = '5,Ilse Brandt resigns,Ilse Brandt,"She went.\nNobody wept.",[TGT] went.,Negative,Neutral\n'
    (document,), _ = read("persent", write(tmp_path / "p", **{"fixed_test.csv": names + row}))
    assert document == Document(
        "She went.\nNobody wept.",
        title="Ilse Brandt resigns",
        id="persent/test/5",
        language="en",
        stances=(GoldStance("Ilse Brandt", "against"),),
    )


def test_a_persent_paragraph_has_a_sentiment_of_its_own(tmp_path: Path) -> None:
    columns = ",".join(f"Paragraph{number}" for number in range(16))
    names = f"DOCUMENT_INDEX,TITLE,TARGET_ENTITY,DOCUMENT,MASKED_DOCUMENT,TRUE_SENTIMENT,{columns}\n"
    one = f'5,Title,Ilse Brandt,"She went.\n Nobody wept.",,Negative,Neutral,Positive{"," * 14}\n'
    other = f'6,Title,Ilse Brandt,"She went.\n Nobody wept.",,Negative,Neutral{"," * 15}\n'  # a judgment too few
    documents, errors = read("persent-paragraphs", write(tmp_path / "p", **{"dev.csv": names + one + other}))
    assert errors == []
    assert [(d.id, d.text, judged(d)) for d in documents] == [
        ("persent-paragraphs/dev/5/0", "She went.", {"Ilse Brandt": "neutral"}),
        ("persent-paragraphs/dev/5/1", "Nobody wept.", {"Ilse Brandt": "favor"}),
    ]


def test_allsides_articles_have_the_stances_that_were_read_in_them(tmp_path: Path) -> None:
    rows = rows_of("allsides-stances.csv")
    own = [row for row in rows if row["id"] == rows[0]["id"]]
    article = {"ID": own[0]["id"], "title": "Trams", "content_original": "The trams ran.", "topic": "economy"}
    folder = tmp_path / "Article-Bias-Prediction" / "data" / "jsons"
    folder.mkdir(parents=True)
    (folder / f"{own[0]['id']}.json").write_text(
        json.dumps(article | {"bias_text": "left", "source_url": "www.a.example"})
    )
    (folder / "of-no-stance.json").write_text(json.dumps(article))
    (document,), errors = read("allsides-stances", tmp_path, own[0]["part"])
    assert errors == []
    assert document.id == f"allsides-stances/{own[0]['part']}/{own[0]['id']}" and document.text == "The trams ran."
    assert document.source == "a.example" and document.topics is None and document.leaning is None
    assert judged(document) == {row["target"]: None if row["stance"] == "unmentioned" else row["stance"] for row in own}
    (folder / f"{own[0]['id']}.json").write_text("[]")
    _, (error,) = read("allsides-stances", tmp_path)
    assert "expected a JSON object" in error
    with pytest.raises(InputError, match=r"and [0-9]+ more is there"):
        read("allsides-stances", write(tmp_path / "empty"))


def test_stances_of_allsides_are_split_by_article_and_none_is_given_twice() -> None:
    rows = rows_of("allsides-stances.csv")
    assert {row["stance"] for row in rows} == {"favor", "against", "neutral", "unmentioned"}
    assert len({(row["id"], row["target"]) for row in rows}) == len(rows) > 2000
    assert {row["part"] for row in rows} == {"train", "dev", "test"}
    assert len({(row["id"], row["part"]) for row in rows}) == len({row["id"] for row in rows})


def test_allsides_passages_are_cut_out_of_their_articles(tmp_path: Path) -> None:
    rows = rows_of("allsides-passages.csv")
    own = [row for row in rows if (row["id"], row["start"]) == (rows[0]["id"], rows[0]["start"])]
    start, end = int(own[0]["start"]), int(own[0]["end"])
    text = "." * start + "The trams ran.".ljust(end - start, "!") + "And so on."
    article = {"ID": own[0]["id"], "title": "Trams", "content_original": text, "topic": "economy", "bias_text": "left"}
    folder = tmp_path / "Article-Bias-Prediction" / "data" / "jsons"
    folder.mkdir(parents=True)
    (folder / f"{own[0]['id']}.json").write_text(json.dumps(article | {"source_url": "www.a.example"}))
    documents, errors = read("allsides-passages", tmp_path)
    assert errors == []
    (document,) = (
        document for document in documents if document.id == f"allsides-passages/train/{own[0]['id']}-{start}"
    )
    assert document.text == text[start:end] and document.source == "a.example" and not document.title
    assert judged(document) == {row["target"]: row["stance"] for row in own}


def test_an_article_shorter_than_its_passage_is_named(tmp_path: Path) -> None:
    own = rows_of("allsides-passages.csv")[0]
    folder = tmp_path / "data" / "jsons"
    folder.mkdir(parents=True)
    article = {"ID": own["id"], "content_original": "Cut off.", "topic": "economy", "bias_text": "left"}
    (folder / f"{own['id']}.json").write_text(json.dumps(article))
    documents, (error,) = read("allsides-passages", tmp_path)
    assert documents == [] and "shorter than" in error and own["id"] in error


def test_passages_of_allsides_are_none_of_the_articles_that_judge() -> None:
    rows = rows_of("allsides-passages.csv")
    assert {row["stance"] for row in rows} == {"favor", "against", "neutral"}
    assert len({tuple(row.values())[:4] for row in rows}) == len(rows) > 2000
    assert all(0 <= int(row["start"]) < int(row["end"]) for row in rows)
    judging = {row["id"] for row in rows_of("allsides-stances.csv") if row["part"] != "train"}
    assert judging.isdisjoint(row["id"] for row in rows)


@pytest.mark.parametrize("published", [judged_corpora.VAST_TARGETS, judged_corpora.SEMEVAL_TARGETS])
def test_published_texts_get_our_stances_by_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, published: judged_corpora.JudgedCorpus
) -> None:
    text = "Trams forever, \xa3 or not."
    key = judgments.text_key(text)
    ours = write(
        tmp_path / "data", **{f"{published.CORPUS}.csv": f"text,target,stance\n{key},trams,favor\n{key},cars,against\n"}
    )
    monkeypatch.setattr(judgments, "data_file", ours.joinpath)
    posts = f"ID\tTarget\tTweet\tStance\n1\tAtheism\t{text}\tNONE\n2\tAtheism\tRain\tNONE\n"
    rows = "".join(
        f'"{post}",{topic},1,1,{topic}\n' for post, topic in ((text, "tram"), (text, "bus"), ("Rain", "rain"))
    )
    comments = "post,topic_str,label,seen?,new_topic\n" + rows
    files = {
        "vast_train.csv": comments,
        "vast_dev.csv": comments,
        "train.tsv": posts.encode("latin-1"),
        "test-a.tsv": posts,
    }
    errors: list[InputError] = []
    (document,) = read_stances(replace(published), write(tmp_path / "them", **files), Selection(), errors.append)
    assert errors == []
    assert document.text == text and document.id == f"{published.CORPUS}/train/{key}" and document.source is None
    assert judged(document) == {"trams": "favor", "cars": "against"}


@pytest.mark.parametrize("name", ["vast-targets", "semeval2016-targets"])
def test_targets_for_published_texts_are_given_once_and_hold_no_text(name: str) -> None:
    rows = rows_of(f"{name}.csv")
    assert list(rows[0]) == ["text", "target", "stance"]
    assert {row["stance"] for row in rows} == {"favor", "against", "neutral"}
    assert len({(row["text"], row["target"]) for row in rows}) == len(rows) > 2000
    assert all(len(row["text"]) == 12 and set(row["text"]) <= set("0123456789abcdef") for row in rows)


def test_an_emergent_headline_is_judged_against_its_claim(tmp_path: Path) -> None:
    names = ",claimHeadline,articleHeadline,articleHeadlineStance,articleId,claimId\n"
    row = "0,A seal swam to Norhaven,Seal seen in Norhaven?,observing,a-1,c-1\n"
    (document,), _ = read("emergent", write(tmp_path / "e", **{"url-versions-2015-06-14-clean-test.csv": names + row}))
    assert (document.text, document.source) == ("Seal seen in Norhaven?", "A seal swam to Norhaven")
    assert judged(document) == {"A seal swam to Norhaven": "neutral"}


@pytest.mark.parametrize("labels", [("agree", "unrelated"), ("0", "3")])
def test_an_fnc_body_has_all_its_headlines_and_unrelated_ones_are_not_mentioned(
    tmp_path: Path, labels: tuple[str, str]
) -> None:
    key = "Body ID" if labels[0] == "agree" else "Body_ID"
    stances = f'Headline,{key},Stance\r\n"Seal, at last",3,{labels[0]}\r\nBridge falls,3,{labels[1]}\r\n'
    bodies = 'Body ID,articleBody\n3,"A seal came.\n\nIt stayed."\n4,Another one.\n'
    folder = write(tmp_path / "f", **{"train_stances.csv": stances, "train_bodies.csv": bodies})
    first, second = read("fnc-1", folder)[0]
    assert (first.id, first.text) == ("fnc-1/train/3", "A seal came.\n\nIt stayed.")
    assert judged(first) == {"Seal, at last": "favor", "Bridge falls": None}
    assert second.stances == ()


def test_half_of_fnc_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "f", **{"train_stances.csv": "Headline,Body ID,Stance\n"})
    with pytest.raises(InputError, match=r"needs the file train_bodies\.csv too"):
        read("fnc-1", folder)


IBM_NAMES = "topicId,split,topicText,claims.claimId,claims.stance,claims.claimCorrectedText,claims.Compatible".split(
    ","
)


def spreadsheet(*records: list[str]) -> str:
    """Records as the publisher's spreadsheet has written them: each a quoted cell, cut at its semicolons."""
    lines = []
    for record in (IBM_NAMES, *records):
        line = ",".join([record[0], *(f'"{cell}"' for cell in record[1:])])
        lines += ['"' + part.replace('"', '""').replace(";", '";"') + '";;;;' for part in line.split("\n")]
    return "\r\n".join(lines) + "\r\n"


def test_ibm_claims_are_parsed_twice(tmp_path: Path) -> None:
    table = spreadsheet(
        ["1", "train", "This house would build a quay", "11", "PRO", "Quays, they say, pay", "yes"],
        ["1", "train", "This house would build a quay", "12", "CON", "Quays flood; walls do not", "yes"],
        ["2", "test", "This house would ban kites", "13", "PRO", "Kites pull at\n lines", "no"],
        ["2", "test", "This house would ban kites", "14", "CON", "Kites are light", "no"],
    )
    folder = write(tmp_path / "i", **{"claim_stance_dataset_v1.csv": table})
    documents, errors = read("ibm-claim-stance", folder)
    assert errors == []
    assert [d.text for d in documents] == [
        "Quays, they say, pay",
        "Quays flood; walls do not",
        "Kites pull at lines",
        "Kites are light",
    ]
    assert [d.id for d in read("ibm-claim-stance", folder, "test")[0]] == [
        "ibm-claim-stance/test/13",
        "ibm-claim-stance/test/14",
    ]
    assert judged(documents[1]) == {"This house would build a quay": "against"}


def test_an_ibm_claim_that_is_cut_short_costs_no_other_claim(tmp_path: Path) -> None:
    table = spreadsheet(*([str(n), "train", "Motion", str(n), "PRO", f"Claim {n}", "yes"] for n in (1, 2, 3)))
    table = table.replace('""Claim 2"",""yes""', '""Claim 2')
    documents, errors = read("ibm-claim-stance", write(tmp_path / "i", **{"claim_stance_dataset_v1.csv": table}))
    assert [d.text for d in documents] == ["Claim 1", "Claim 3"]
    assert len(errors) == 1 and "claim_stance_dataset_v1.csv:3: " in errors[0]


def test_ibm_arguments_are_judged_against_their_motion(tmp_path: Path) -> None:
    table = "Tweet,Target 1,Stance 1,set\nkites pull at lines,We should ban kites,FAVOR,dev\n"
    (document,), _ = read("ibm-30k-arguments", write(tmp_path / "i", **{"raw_val_all_onecol.csv": table}), "dev")
    assert (document.id, document.source) == ("ibm-30k-arguments/dev/1", "We should ban kites")
    assert judged(document) == {"We should ban kites": "favor"}


def test_iam_claims_are_read_and_its_other_sentences_passed_over(tmp_path: Path) -> None:
    table = 'C\tShould we ban kites\tKites are "safe.\t1_1\t-1\nO\tShould we ban kites\tHello.\t1_1\t0\n'
    (document,), errors = read("iam", write(tmp_path / "i", **{"dev.txt": table}))
    assert errors == []
    assert (document.id, document.text) == ("iam/dev/1", 'Kites are "safe.')
    assert judged(document) == {"Should we ban kites": "against"}


def perspectrum_files(**changes: Any) -> dict[str, str]:
    cluster = {"pids": [1, 2], "stance_label_3": "SUPPORT"}
    claims = [
        {"cId": 9, "text": "Kites are safe", "perspectives": [cluster]},
        {"cId": 8, "text": "Kites are free", "perspectives": [cluster | {"pids": [2], "stance_label_3": "UNDERMINE"}]},
        {"cId": 7, "text": "Kites fly", "perspectives": [cluster]},
    ]
    contents = {
        "dataset_split_v1.0.json": {"9": "train", "8": "train", "7": "test"},
        "perspective_pool_v1.0.json": [{"pId": 1, "text": "They are light"}, {"pId": 2, "text": "They cost little"}],
        "perspectrum_with_answers_v1.0.json": claims,
    } | changes
    return {name: json.dumps(content) for name, content in contents.items()}


def test_perspectrum_keeps_the_published_split(tmp_path: Path) -> None:
    folder = write(tmp_path / "p", **perspectrum_files())
    first, second = read("perspectrum", folder, "train")[0]
    assert (first.id, judged(first)) == ("perspectrum/train/1", {"Kites are safe": "favor"})
    assert judged(second) == {"Kites are safe": "favor", "Kites are free": "against"}
    assert [judged(d) for d in read("perspectrum", folder, "test")[0]] == [{"Kites fly": "favor"}] * 2


def test_a_perspectrum_claim_outside_the_split_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "p", **perspectrum_files(**{"dataset_split_v1.0.json": {"9": "train", "8": "train"}}))
    documents, errors = read("perspectrum", folder)
    assert len(documents) == 2
    assert len(errors) == 1 and "claim 3: the published split does not say" in errors[0]


@pytest.mark.parametrize("content", ["{", "[]" * 2, '"x"'])
def test_a_damaged_perspectrum_file_is_refused(tmp_path: Path, content: str) -> None:
    folder = write(tmp_path / "p", **perspectrum_files() | {"perspective_pool_v1.0.json": content})
    with pytest.raises(FormatError, match="perspective_pool"):
        read("perspectrum", folder)


# --- rows and files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("8\tTram\tRain.\tSECRET\tx\ty", "'Stance' must be one of FAVOR, AGAINST, NONE"),
        ("8\tTram\tRain.\tFAVOR", "the row has 4 cells, but there are 6 columns"),
        ("8\tTram\t \tFAVOR\tx\ty", "'Tweet' is empty or no text"),
        ("8\t\tRain.\tFAVOR\tx\ty", "'Target' is empty or no text"),
    ],
)
def test_a_malformed_row_is_named_and_left_out(tmp_path: Path, row: str, reason: str) -> None:
    good = "7\tTram\tAt last\tFAVOR\tTARGET\tPOSITIVE\n"
    folder = write(tmp_path / "s", **{"train.tsv": SEMEVAL + good + row + "\n" + good})
    documents, errors = read("semeval2016-task6", folder)
    assert len(documents) == 2
    assert errors == [f"s/train.tsv:3: {reason}"]


def test_a_row_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    table = b"Tweet,Target 1,Stance 1\ncaf\xe9,Motion,FAVOR\n\xf0\x9f\x98\x80 fine,Motion,FAVOR\n"
    documents, errors = read("ibm-30k-arguments", write(tmp_path / "i", **{"raw_val_all_onecol.csv": table}))
    assert [d.text for d in documents] == ["😀 fine"]
    assert errors == ["i/raw_val_all_onecol.csv:2: not UTF-8"]


def test_the_file_of_another_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no column 'Tweet'; is this the file of another corpus"):
        read("ibm-30k-arguments", write(tmp_path / "i", **{"raw_val_all_onecol.csv": "post,topic\nx,y\n"}))


def test_archives_and_single_files_are_read_too(tmp_path: Path) -> None:
    table = (VAST + VAST_ROWS).encode()
    expected, _ = read("vast", write(tmp_path / "plain", **{"vast_train.csv": table}))
    (tmp_path / "zipped").mkdir()
    with zipfile.ZipFile(tmp_path / "zipped" / "vast_train.zip", "w") as archive:
        archive.writestr("vast_train.csv", table)
    with tarfile.open(tmp_path / "vast.tar.xz", "w:xz") as tar:
        info = tarfile.TarInfo("data/vast_train.csv")
        info.size = len(table)
        tar.addfile(info, io.BytesIO(table))
    for path in ("plain/vast_train.csv", "zipped", "zipped/vast_train.zip", "vast.tar.xz"):
        assert read("vast", tmp_path / path) == (expected, [])


def test_a_single_file_of_another_name_needs_the_part(tmp_path: Path) -> None:
    path = write(tmp_path / "v", **{"mine.csv": VAST + VAST_ROWS}) / "mine.csv"
    with pytest.raises(SettingError, match="--part must say which part this is"):
        read("vast", path)
    assert read("vast", path, "train")[0][0].id == "vast/train/1"
    path = path.rename(path.with_name("vast_train.csv"))
    with pytest.raises(SettingError, match="by its name this is the part train, not dev"):
        read("vast", path, "dev")


def test_parts_and_options_that_a_corpus_does_not_have_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="emergent has the parts train, test, not dev"):
        read("emergent", tmp_path, "dev")
    with pytest.raises(SettingError, match="only vast does"):
        read("emergent", tmp_path, unseen_targets=True)
    with pytest.raises(InputError, match=r"none of the files vast_test\.csv|none of the files raw_test"):
        read("vast", tmp_path, "test")


def test_headers_say_that_no_topic_is_annotated() -> None:
    for name, corpus in STANCE_CORPORA.items():
        header = stance_header(corpus)
        assert (header.corpus, header.scope) == (name, ())
        assert header.licence and header.source
        assert set(parts_of(corpus)) <= {"train", "dev", "test"}


# --- the corpora as published -------------------------------------------------------------------------------------------

PUBLISHED = {
    "semeval2016-task6": {"favor": 753 + 304, "against": 1395 + 715, "neutral": 766 + 230},
    "vast": {"favor": 5417, "against": 5620, "neutral": 3235},
    "newsmtsc": {"favor": 2903, "against": 4227, "neutral": 4231},
    "persent": {"favor": 672, "against": 197, "neutral": 536},
    "persent-paragraphs": {"favor": 3932, "against": 1352, "neutral": 4854},
    "emergent": {"favor": 1238, "against": 395, "neutral": 962},
    "fnc-1": {"favor": 5532, "against": 1526, "neutral": 13237, None: 54446},
    "ibm-claim-stance": {"favor": 1325, "against": 1069},
    "ibm-30k-arguments": {"favor": 15448, "against": 15049},
    "perspectrum": {"favor": 6112, "against": 5693},
    "iam": {"favor": 2613, "against": 2277},
    "allsides-stances": {"favor": 969, "against": 2301, "neutral": 11060, None: 160},
    "allsides-passages": {"favor": 914, "against": 2041, "neutral": 5424},
    "vast-targets": {"favor": 5610, "against": 6001, "neutral": 6441},
    "semeval2016-targets": {"favor": 1948, "against": 1720, "neutral": 723},
}

PUBLISHER = {  # whose texts a corpus has, where the name does not say it
    "persent-paragraphs": "persent",
    "allsides-stances": "allsides",
    "allsides-passages": "allsides",
    "vast-targets": "vast",
    "semeval2016-targets": "semeval2016-task6",
}


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_a_published_corpus_is_read_whole(name: str) -> None:
    folder = os.environ.get("NEWSSTAND_TEST_CORPORA")
    if not folder:
        pytest.skip("NEWSSTAND_TEST_CORPORA does not name a folder of published corpora")
    published = PUBLISHER.get(name, name)
    path = next((p for p in (Path(folder, published), Path(folder, f"{published}.tar.xz")) if p.exists()), None)
    if path is None:
        pytest.skip(f"no {name} in NEWSSTAND_TEST_CORPORA")
    documents, errors = read(name, path)
    assert errors == []
    assert Counter(s.stance for d in documents for s in d.stances or ()) == PUBLISHED[name]
    assert len({document.id for document in documents}) == len(documents)
