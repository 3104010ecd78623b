"""The pages under docs/ say what the commands, the taxonomy and the files say, and their links lead somewhere."""

from __future__ import annotations

import argparse
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsstand.__main__ import commands, main
from newsstand.answers import ABSTENTION_REASONS
from newsstand.labels import LabelSet
from newsstand.stance.targets import KnownTargets
from train.importers.stance import STANCE_CORPORA, parts_of

ROOT = Path(__file__).parents[2]
CLI = ROOT / "docs" / "reference" / "cli.md"
TUTORIAL = ROOT / "docs" / "tutorial.md"
PAGES = sorted((ROOT / "docs").rglob("*.md"))
WITH_LINKS = [*PAGES, ROOT / "README.md", ROOT / "models" / "README.md", ROOT / "data" / "README.md"]


def page_name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def parsers() -> dict[str, argparse.ArgumentParser]:
    """The parser of every command, and of every action below one, by its full name."""
    found = {}
    for name, module in commands().items():
        parser = argparse.ArgumentParser(prog=f"newsstand {name}")
        importlib.import_module(module).add_arguments(parser)
        found[f"newsstand {name}"] = parser
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                found |= {f"newsstand {name} {below}": child for below, child in action.choices.items()}
    return found


def cli_sections() -> dict[str, str]:
    """What cli.md says about each command, by its heading."""
    parts = re.split(r"^#{2,3} (newsstand .+)$", CLI.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    strings = {string for action in parser._actions for string in action.option_strings}
    return strings - {"-h", "--help"}


def named_options(section: str) -> set[str]:
    """The options that a section explains: in the first column of its table, or in the list after "Options:"."""
    explained = re.findall(r"^\| (`.*?) \| ", section, re.MULTILINE) + re.findall(
        r"Options: ([^\n]+(?:\n[^\n]+)*)", section
    )
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(explained)))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as hosts of Markdown make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> Iterator[str]:
    without_code = re.sub(
        r"^```.*?^```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", without_code):
        if not re.match(r"[a-z]+:", target):
            yield target


def test_the_reference_has_a_section_for_every_command_and_no_other() -> None:
    assert set(cli_sections()) == set(parsers())


@pytest.mark.parametrize("command", sorted(parsers()))
def test_the_reference_explains_every_option_of_a_command_and_no_other(command: str) -> None:
    assert named_options(cli_sections()[command]) == options_of(parsers()[command])


@pytest.mark.parametrize("command", sorted(parsers()))
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split()[1:], "--help"])
    assert ended.value.code == 0
    assert f"usage: {command}" in capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_the_readme_links_every_page(page: Path) -> None:
    assert page_name(page) in [target.partition("#")[0] for target in links(ROOT / "README.md")]


@pytest.mark.parametrize("page", WITH_LINKS, ids=page_name)
def test_relative_links_lead_to_a_file_and_a_heading(page: Path) -> None:
    for target in links(page):
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page_name(page)} links {target}"
        assert not anchor or anchor in anchors(linked), f"{page_name(page)} links {target}"


def test_the_reference_lists_the_topics_of_the_taxonomy() -> None:
    text = (ROOT / "docs" / "reference" / "taxonomy.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (?:`(\w+)`)? ?\| (subject|place) \| `(.*)` \|$", text, re.MULTILINE)
    topics = LabelSet.load(ROOT / "data" / "taxonomy.toml")
    assert rows == [(topic.id, topic.parent or "", topic.kind, topic.code or "") for topic in topics]
    assert f"{len(topics)} topics" in text


def test_the_reference_lists_the_known_targets() -> None:
    text = (ROOT / "docs" / "reference" / "targets.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (\w+) \|$", text, re.MULTILINE)
    targets = KnownTargets.load(ROOT / "data" / "targets.toml")
    assert rows == [(target.id, target.name, target.kind) for target in targets]
    assert f"{len(targets)} targets" in text


def test_the_reference_lists_the_stance_corpora_and_their_labels() -> None:
    text = (ROOT / "docs" / "reference" / "stance-corpora.md").read_text(encoding="utf-8")
    rows = {row.group(1): row.group(0) for row in re.finditer(r"^\| `([\w-]+)` .*$", text, re.MULTILINE)}
    assert list(rows) == list(STANCE_CORPORA)
    for name, corpus in STANCE_CORPORA.items():
        cells = [cell.strip() for cell in rows[name].split("|")]
        for column, stance in enumerate(("favor", "against", "neutral", None), start=4):
            published = {label for label, means in corpus.LABELS.items() if means == stance}
            assert set(re.findall(r"[\w-]+", cells[column])) - {"–"} == published, (name, stance)
        assert tuple(cells[8].split(", ")) == parts_of(corpus)


def test_the_reference_lists_the_reasons_to_abstain() -> None:
    text = (ROOT / "docs" / "reference" / "answers.md").read_text(encoding="utf-8")
    section = text.partition("## Reasons to abstain")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE)) == set(ABSTENTION_REASONS)


def test_the_extras_that_the_pages_name_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for page in WITH_LINKS:
        for named in re.findall(r"-e '\.\[([\w,]+)\]'", page.read_text(encoding="utf-8")):
            assert set(named.split(",")) <= set(extras), page_name(page)


def test_the_glossary_is_in_order() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = re.findall(r"^\| ([a-z ]+) \|", text, re.MULTILINE)
    assert len(words) > 30
    assert words == sorted(words)


def tutorial_steps() -> list[tuple[str, list[str]]]:
    """The commands of the tutorial's console blocks, each with the lines of output shown below it."""
    steps: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```console\n(.*?)^```", TUTORIAL.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            elif line != "…":
                steps[-1][1].append(line)
    return steps


def shape(line: str) -> str:
    """A line without what differs between machines: numbers, bars, widths of columns."""
    return " ".join(re.sub(r"[█░]+", "", re.sub(r"\d[\d.,:]*", "0", line)).split())


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    if not (ROOT / "models" / "champion.json").exists():
        pytest.skip("the tutorial begins with the default model, and there is no models/champion.json")
    shutil.copytree(ROOT / "data" / "sample", tmp_path / "data" / "sample")
    (tmp_path / "models").mkdir()
    shutil.copy(ROOT / "models" / "champion.json", tmp_path / "models")
    champion = re.findall(r"models/([\w.-]+-en-news)/", (ROOT / "README.md").read_text(encoding="utf-8"))[0]
    shutil.copytree(ROOT / "models" / champion, tmp_path / "models" / champion)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSSTAND_")}
    environment["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), environment.get("PATH", os.defpath)])
    environment |= {"COLUMNS": "120", "PYTHONIOENCODING": "utf-8"}
    for command, expected in tutorial_steps():
        arguments = shlex.split(command)
        if arguments[0] == "newsstand":
            arguments[:1] = [sys.executable, "-m", "newsstand"]
        done = subprocess.run(
            arguments, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False
        )
        assert done.returncode == 0, f"$ {command}\n{done.stderr}"
        shown = iter([shape(line) for line in done.stdout.splitlines()])
        for line in expected:
            start, cut, _ = line.partition(" …")
            wanted = shape(start)
            found = any(got.startswith(wanted) if cut else got == wanted for got in shown)
            assert found, f"$ {command}\ndoes not show, in this order: {line}\nbut\n{done.stdout[:4000]}"
