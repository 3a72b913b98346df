"""Documentation that cannot rot: sessions are run, links followed, tables compared with what there is."""

from __future__ import annotations

import ast
import importlib.util
import re
from typing import TYPE_CHECKING

import pytest

import dsvc.errors
from benchmarks import readme_table, report, results
from dsvc.cli.app import VERBS
from dsvc.cli.reference import load, paths, reference
from dsvc.errors import DsvcError, ExitCode
from tests.sessions import ROOT, again, plain, session, steps

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

README, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.md")])
NAMES = [name for section in VERBS.values() for name in section]

ERRORS = {name for name, value in vars(dsvc.errors).items() if isinstance(value, type) and issubclass(value, DsvcError)}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
OF_THE_CODE = re.compile(
    r"\b(pieces?|layouts?|keyframes?|packs?|origins?|folds?|snapshots?|splices?|ledger|deltas?|pairing)\b",
    re.IGNORECASE,
)
"""Words that help and messages do without (``docs/glossary.md``)."""


def read(page: Path) -> str:
    return page.read_text("utf-8")


def test_the_architecture_names_every_folder_and_module_at_the_top() -> None:
    page = read(ROOT / "docs" / "architecture.md")
    packages = [ROOT / "dsvc", ROOT / "tui" / "dsvc_tui"]
    folders = {f"{path.parent.name}/" for package in packages for path in package.rglob("*/__init__.py")} - {"dsvc/"}
    modules = {path.name for path in (ROOT / "dsvc").glob("*.py")} - {"__init__.py"}
    missing = [name for name in sorted(folders | modules) if re.search(rf"(?<![\w/]){re.escape(name)}", page) is None]
    assert not missing


def outside_code(text: str) -> str:
    """The text without its code blocks."""
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """What the headings of a page are called in links."""
    titles = re.findall(r"^#+ (.+)$", outside_code(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_the_session_of_the_readme_is_real(tmp_path: Path) -> None:
    page = read(README)
    assert plain(again(page, tmp_path / "repo")) == plain(page), "make docs"


def test_the_page_of_import_names_all_that_is_read() -> None:
    from dsvc.importers import FORMATS
    from dsvc.importers.registry import SUFFIXES
    from dsvc.importers.tools import TOOLS

    page = read(ROOT / "docs/import.md")
    table = page.partition("<!-- formats:start -->")[2].partition("<!-- formats:end -->")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE) == [*FORMATS]
    named = {suffix: form for suffix, form in SUFFIXES.items() if form in ("jsonl", "csv", "tsv")}
    assert all(f"`{suffix}`" in table for suffix in named)
    assert "|".join(sorted(TOOLS)) == "|".join(sorted(re.findall(r"--from (label-studio\S*?)`", page)[0].split("|")))


def test_the_chinese_readme_has_the_same_session() -> None:
    assert session(read(CHINESE)) == session(read(README))


def test_no_word_of_the_glossary_is_defined_twice() -> None:
    """A word that several things have says of what it is: in brackets behind it, or behind the words of its row."""
    found: list[tuple[str, str]] = []
    for first, meaning in re.findall(r"^\| (\*.+?) \| (.+) \|$", read(ROOT / "docs/glossary.md"), re.MULTILINE):
        whose = re.search(r"\(([^)]+)\)$", first)
        found += [(word, whose[1] if whose else "") for word in re.findall(r"\*([^*]+)\*", first)]
        found += re.findall(r"\*([^*]+)\*(?: \(([^)]+)\))?: ", meaning)
    assert len(found) > 80
    assert [each for each in found if found.count(each) > 1] == []


@pytest.mark.slow
def test_the_tutorial_is_real(tmp_path: Path) -> None:
    page = read(ROOT / "docs" / "tutorial.md")
    assert plain(again(page, tmp_path / "repo")) == plain(page), "make docs"


def test_the_first_session_is_six_lines() -> None:
    block = re.search(r"^```console\n(.*?)^```", read(README), re.MULTILINE | re.DOTALL)
    assert block is not None
    assert len(steps(block.group(1))) == 6


@pytest.mark.parametrize("page", [README, CHINESE], ids=["English", "Chinese"])
def test_the_readmes_list_every_verb_and_no_other(page: Path) -> None:
    assert re.findall(r"^\| \[`(\w+)`\]\(docs/cli\.md#dsvc-\w+\) \|", read(page), re.MULTILINE) == NAMES


def test_the_readmes_say_the_same_things() -> None:
    english, chinese = read(README), read(CHINESE)

    def shape(text: str) -> list[str]:
        """Headings, links, tables and code in their order, without the words."""
        marks = re.findall(r"^(#+) |^(\|[-|]+\|)$|^ *(```\w*)$|\]\(([^)]+)\)", text, re.MULTILINE)
        return ["".join(mark) for mark in marks]

    assert shape(chinese.replace("](README.md)", "](README.zh-CN.md)")) == shape(english)


def test_the_reference_has_every_verb() -> None:
    page = read(ROOT / "docs" / "cli.md")
    assert re.findall(r"^## dsvc (.+)$", page, re.MULTILINE) == [" ".join(path) for path in paths()]


def test_exit_statuses_are_documented() -> None:
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", reference(), re.MULTILINE)}
    assert {int(code) for code in ExitCode} <= told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for link in LINK.findall(outside_code(read(page))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(read(target))):
            dead.append(link)
    assert not dead


@pytest.mark.parametrize("path", [*paths()], ids=" ".join)
def test_help_is_in_the_words_of_users(path: tuple[str, ...]) -> None:
    context, command = load(path)
    assert not OF_THE_CODE.findall(command.get_help(context))


def test_messages_are_in_the_words_of_users() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {text}"
        for path in (ROOT / "dsvc").rglob("*.py")
        for text in raised_texts(path)
        if OF_THE_CODE.search(text.replace(".layout", ""))
    }
    assert not found


def test_hints_name_verbs_that_exist() -> None:
    named = {
        verb
        for path in (ROOT / "dsvc").rglob("*.py")
        for text in raised_texts(path)
        for verb in re.findall(r"(?:^|: |&& |· )dsvc ([a-z]+(?: [a-z]+)?)", text)
    }
    words = {" ".join(path) for path in paths()}
    groups = {word.split()[0] for word in words if " " in word}
    assert {verb for verb in named if verb.split()[0] in groups} <= words
    assert {verb.split()[0] for verb in named} <= words


def raised_texts(path: Path) -> list[str]:
    """The texts of dsvc's own errors, and of their hints, in a module."""
    texts = []
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ERRORS:
            parts = [*node.args, *(keyword.value for keyword in node.keywords)]
            texts += [
                leaf.value
                for part in parts
                for leaf in ast.walk(part)
                if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
            ]
    return texts


def word_diff() -> ModuleType:
    specification = importlib.util.spec_from_file_location("word_diff", ROOT / "docs" / "images" / "word_diff.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_picture_is_what_diff_prints() -> None:
    drawing = word_diff()
    assert read(drawing.PICTURE) == drawing.svg(drawing.transcript()), "make docs"


def test_every_dependency_has_its_reason() -> None:
    block = re.search(r"^dependencies = \[(.*?)^\]", read(ROOT / "pyproject.toml"), re.MULTILINE | re.DOTALL)
    assert block is not None
    table = re.findall(r"^\| (`[^|]+`) \|", read(ROOT / "docs" / "decisions.md"), re.MULTILINE)
    assert sorted(re.findall(r"`([^`]+)`", " ".join(table))) == sorted(re.findall(r'"([\w.-]+)[>=<]', block[1]))


@pytest.mark.parametrize("page", readme_table.PAGES, ids=["English", "Chinese"])
def test_measurements_have_their_place(page: readme_table.Page) -> None:
    text = read(page.path)
    assert readme_table.filled(readme_table.filled(text, "| a |"), "| a |").count("| a |") == 1
    with pytest.raises(ValueError, match="the page needs one"):
        readme_table.filled("nothing", "| a |")


@pytest.mark.parametrize("page", readme_table.PAGES, ids=["English", "Chinese"])
def test_measurements_are_those_of_the_results(page: readme_table.Page) -> None:
    results_page = ROOT / "benchmarks" / "RESULTS.md"
    content = read(page.path).partition(readme_table.START)[2].partition(readme_table.END)[0]
    figures = re.findall(r"\b[\d.]+ (?:ms|s|KB|MB|GB)\b", content)
    if figures:
        measured = read(results_page)
        assert [figure for figure in figures if figure not in measured] == []


def test_a_table_is_made_of_measurements(tmp_path: Path) -> None:
    size = 1_000_000
    sample = results.Sample(wall=2.0, user=1.0, system=0.5, new_bytes=9_000, derived_bytes=1_000)
    measured = [
        results.Measurement(size=size, operation="commit, 10 edits", tool="dsvc", samples=(sample,)),
        results.Measurement(size=size, operation="commit, 10 edits", tool="dvc", failure="no room"),
    ]
    machine = results.describe_machine(
        "2025-01-01", "x", 3, 1, {"dsvc": "0.1", "dvc": "3.67"}, {}, {str(size): 8 * 10**8}
    )
    store = tmp_path / "m.jsonl"
    results.save(store, machine, measured)
    table = readme_table.block(readme_table.PAGES[0], *results.load(store))
    assert "| commit after 10 edited records | 2.00 s, 8 KB | – |" in table
    assert report.seconds(2.0) in table
