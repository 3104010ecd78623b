"""AllSides articles are read in every published form, and hostile archives do no harm."""

import io
import json
import os
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from newsstand.documents import Document
from newsstand.errors import FormatError, InputError, LabelError
from newsstand.labels import LabelSet
from train.importers import allsides


def article(**fields: Any) -> dict[str, Any]:
    """One article in the published layout of Article-Bias-Prediction."""
    return {
        "topic": "elections",
        "source": "The Harbour Post",
        "bias": 1,
        "url": "http://www.harbourpost.example/2019/ferry",
        "title": "Ferry vote",
        "date": "2019-11-12",
        "authors": "A. Writer",
        "content_original": "The town voted for the ferry.",
        "content": "the town voted",
        "source_url": "www.harbourpost.example",
        "bias_text": "center",
        "ID": "a1",
    } | fields


def write_articles(folder: Path, *articles: dict[str, Any]) -> Path:
    """A folder in the published layout; returns its top."""
    jsons = folder / "Article-Bias-Prediction" / "data" / "jsons"
    jsons.mkdir(parents=True)
    for record in articles:
        (jsons / f"{record['ID']}.json").write_text(json.dumps(record), encoding="utf-8")
    return folder / "Article-Bias-Prediction"


def read(path: Path, label_set: LabelSet, *, published: bool = False) -> tuple[list[Document], list[str]]:
    errors: list[InputError] = []
    documents = list(allsides.read(path, label_set, published_labels=published, on_error=errors.append))
    return documents, [str(error) for error in errors]


def read_one(folder: Path, label_set: LabelSet, **fields: Any) -> Document:
    (document,), errors = read(write_articles(folder, article(**fields)), label_set)
    assert errors == []
    return document


def make_tar(path: Path, members: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def packed(**fields: Any) -> bytes:
    return json.dumps(article(**fields)).encode()


def test_an_article_becomes_a_document(tmp_path: Path, label_set: LabelSet) -> None:
    assert read_one(tmp_path, label_set) == Document(
        text="The town voted for the ferry.",
        title="Ferry vote",
        id="a1",
        source="harbourpost.example",
        date="2019-11-12",
        language="en",
        topics=("elections",),
        leaning="center",
    )


@pytest.mark.parametrize(
    ("published", "ours"),
    [
        ("elections", ("elections",)),
        ("two_things", ("sport", "politics")),
        ("never heard of", ()),
        ("world", None),
        ("", None),
    ],
)
def test_published_topics_are_translated(
    tmp_path: Path, label_set: LabelSet, published: str, ours: tuple[str, ...] | None
) -> None:
    assert read_one(tmp_path, label_set, topic=published).topics == ours


def test_published_topics_can_be_kept(tmp_path: Path, label_set: LabelSet) -> None:
    (document,), _ = read(write_articles(tmp_path, article(topic="world")), label_set, published=True)
    assert document.topics == ("world",)


def test_a_label_set_without_the_mapping_is_refused_unless_labels_are_kept(tmp_path: Path, label_set: LabelSet) -> None:
    other = LabelSet.from_ids("other", ["a"])
    folder = write_articles(tmp_path, article())
    with pytest.raises(LabelError, match="no mapping for 'allsides'"):
        read(folder, other)
    assert len(read(folder, other, published=True)[0]) == 1


@pytest.mark.parametrize(
    ("fields", "outlet"),
    [
        ({"source_url": "www.ticker.blogs.example.com"}, "ticker.blogs.example.com"),
        ({"source_url": "http://WWW1.Example.com:443/news"}, "example.com"),
        ({"source_url": ""}, "harbourpost.example"),
        ({"source_url": "", "url": ""}, "the harbour post"),
        ({"source_url": "//[broken", "url": None, "source": None}, None),
    ],
)
def test_the_outlet_is_the_host_without_www(
    tmp_path: Path, label_set: LabelSet, fields: dict[str, Any], outlet: str | None
) -> None:
    assert read_one(tmp_path, label_set, **fields).source == outlet


@pytest.mark.parametrize(
    ("published", "date"),
    [
        ("2014-1-02", "2014-01-02"),
        ("2014-01-02T10:00:00Z", "2014-01-02"),
        ("11/12/18", "2018-11-12"),
        ("6/5/2015", "2015-06-05"),
        ("31/12/18", None),
        ("0001-01-01", None),
        ("2050-03-04", None),
        ("2019-02-30", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_only_plausible_dates_are_kept(tmp_path: Path, label_set: LabelSet, published: str, date: str | None) -> None:
    assert read_one(tmp_path, label_set, date=published).date == date


def test_the_tokenised_text_stands_in_for_a_missing_one(tmp_path: Path, label_set: LabelSet) -> None:
    assert read_one(tmp_path, label_set, content_original=" ").text == "the town voted"


def test_folders_are_read_in_order_from_any_height(tmp_path: Path, label_set: LabelSet) -> None:
    top = write_articles(tmp_path, *(article(ID=name) for name in ("c", "a", "b")))
    (top / "data" / "other.json").write_text("not an article")
    for path in (tmp_path, top, top / "data", top / "data" / "jsons"):
        documents, errors = read(path, label_set)
        assert [document.id for document in documents] == ["a", "b", "c"]
        assert errors == []


@pytest.mark.parametrize("extension", [".tar", ".tar.gz", ".tar.bz2", ".tar.xz", ".zip"])
def test_archives_are_read_in_their_own_order(tmp_path: Path, label_set: LabelSet, extension: str) -> None:
    members = {f"top/data/jsons/{name}.json": packed(ID=name) for name in ("c", "a", "b")}
    members["top/README.md"] = b"words"
    path = tmp_path / f"published{extension}"
    if extension == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
    else:
        make_tar(path, members, {"": "w"}.get(extension[4:], f"w:{extension[5:]}"))
    documents, errors = read(path, label_set)
    assert [document.id for document in documents] == ["c", "a", "b"]
    assert errors == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "not valid JSON"),
        (b'"\xff"', "not UTF-8"),
        (b"[]", "expected a JSON object"),
        (b"[" * 200_000, "not valid JSON"),
        (packed(content_original="", content=""), "'text' is missing"),
        (packed(bias_text="upwards"), "'leaning' must be one of"),
        (b" " * (16 * 1024 * 1024 + 1), "larger than 16 MiB"),
    ],
)
def test_a_bad_article_is_named_and_left_out(tmp_path: Path, label_set: LabelSet, content: bytes, reason: str) -> None:
    path = make_tar(tmp_path / "a.tar", {"jsons/bad.json": content, "jsons/good.json": packed()})
    documents, errors = read(path, label_set)
    assert len(documents) == 1
    assert len(errors) == 1
    assert errors[0].startswith(f"{path}:jsons/bad.json: ")
    assert reason in errors[0]


def test_links_and_names_that_lead_outside_are_passed_over(tmp_path: Path, label_set: LabelSet) -> None:
    secret = tmp_path / "secret.json"
    secret.write_bytes(packed(ID="secret"))
    with tarfile.open(tmp_path / "hostile.tar", "w") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            link = tarfile.TarInfo("jsons/link.json")
            link.type, link.linkname = kind, str(secret)
            tar.addfile(link)
    with zipfile.ZipFile(tmp_path / "hostile.zip", "w") as zipped:
        link_info = zipfile.ZipInfo("jsons/link.json")
        link_info.external_attr = 0o120777 << 16
        zipped.writestr(link_info, str(secret))
        for name in ("../jsons/up.json", "/jsons/root.json", "jsons/../../jsons/up.json", "jsons/._mac.json"):
            zipped.writestr(name, packed())
    write_articles(tmp_path, article())
    (tmp_path / "Article-Bias-Prediction/data/jsons/link.json").symlink_to(secret)
    before = sorted(tmp_path.rglob("*"))
    for name, count in (("hostile.tar", 0), ("hostile.zip", 0), ("Article-Bias-Prediction", 1)):
        documents, errors = read(tmp_path / name, label_set)
        assert (len(documents), errors) == (count, [])
    assert sorted(tmp_path.rglob("*")) == before


def test_a_zip_member_that_is_damaged_is_one_bad_record(tmp_path: Path, label_set: LabelSet) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("jsons/bad.json", packed(title="MARK"))
        archive.writestr("jsons/good.json", packed())
    path.write_bytes(path.read_bytes().replace(b"MARK", b"mark"))
    documents, errors = read(path, label_set)
    assert len(documents) == 1
    assert len(errors) == 1
    assert "cannot read this member" in errors[0]


@pytest.mark.parametrize("mode", ["w:gz", "w:xz", "w:bz2"])
def test_an_archive_that_is_cut_short_is_refused(tmp_path: Path, label_set: LabelSet, mode: str) -> None:
    members = {f"jsons/{n}.json": packed(title=os.urandom(500).hex()) for n in range(20)}
    path = make_tar(tmp_path / "a.tar", members, mode)
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(FormatError, match="cut short"):
        read(path, label_set)


def test_what_is_no_archive_is_refused(tmp_path: Path, label_set: LabelSet) -> None:
    (tmp_path / "page.html").write_text("<html>moved</html>" * 100)
    with pytest.raises(FormatError, match=r"not a readable \.tar or \.zip"):
        read(tmp_path / "page.html", label_set)
    with pytest.raises(InputError, match="no such file or folder"):
        read(tmp_path / "missing", label_set)


def test_a_part_of_a_published_split_can_be_read_alone(tmp_path: Path, label_set: LabelSet) -> None:
    top = write_articles(tmp_path, article(ID="a1"), article(ID="b2"), article(ID="c3"))
    lists = top / "data" / "splits" / "media"
    lists.mkdir(parents=True)
    (lists / "test.tsv").write_text("ID\tbias\na1\t1\nc3\t0\nnot-there\t2\n")
    options = {"published_labels": False, "on_error": lambda error: None, "split": "media"}
    assert [d.id for d in allsides.read(top, label_set, part="test", **options)] == ["a1", "c3"]
    with pytest.raises(InputError, match=r"no data/splits/media/train\.tsv in it"):
        list(allsides.read(top, label_set, part="train", **options))
