"""A card tells the story of a version, and of people and machines only what strangers may know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from dsvc.exporters.story import is_public
from tests.cli.conftest import QUESTIONS, write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


@pytest.fixture
def told(shell: Shell) -> Shell:
    """Two versions, with a colleague, a path and a host in what was written down of them."""
    shell("init")
    write_records("data/bank.jsonl", *QUESTIONS[:2])
    shell(
        "commit", "data/bank.jsonl", "--source", "dump of /srv/crm/export.csv", "--source-uri", "http://10.1.2.3/crm",
        "--license", "CC-BY-4.0", "--annotator", "李敏", "--annotator", "qwen:model", "-m", "first | 李敏 asked for it"
    )  # fmt: skip
    write_records("data/bank.jsonl", *QUESTIONS)
    shell(
        "commit", "data/bank.jsonl", "--source", "faq", "--source-uri", "https://huggingface.co/datasets/bank/faq",
        "--license", "MIT", "-m", "one more, see ann@example.com"
    )  # fmt: skip
    return shell


def test_a_card(told: Shell) -> None:
    text = told("export", "v1.1", "--to", "card", "--language", "zh", "--language", "en")
    assert text.partition("## How it was made")[0] == snapshot("""\
---
pretty_name: bank
language:
- zh
- en
license:
- cc-by-4.0
- mit
size_categories:
- n<1K
task_categories:
- text-generation
source_datasets:
- extended|bank/faq
configs:
- config_name: default
  data_files:
  - split: train
    path: data/bank.jsonl
---

# bank

Version v1.1: 3 records, 304 bytes.

## The files of the version

| file | split | records | sha256 |
|---|---|---|---|
| data/bank.jsonl |  | 3 | `9c7beae9276ba801a5f803f0917d0cbc0629e2031adce697f9591d2ad157cac8` |

## Where it comes from

| source | address | licence | retrieved | records |
|---|---|---|---|---|
| dump of … |  | CC-BY-4.0 |  | 2 |
| faq | https://huggingface.co/datasets/bank/faq | MIT |  | 1 |

Records are those of this version; an edited one counts for the source that it came from.

""")
    assert text.partition("## How it was made")[2].partition("## Which")[0] == snapshot("""\


Annotated by 2 people, qwen (model).

| version | date | records | changes | reason |
|---|---|---|---|---|
| v1.1 | 2025-03-01 | 3 | +1 | one more, see … |
| v1.0 | 2025-03-01 | 2 | +2 | first \\| … asked for it |

`+` added, `-` removed, `~` modified records.

""")
    first = told("export", "v1.0", "--to", "card")
    for secret in ("李敏", "Ann Otter", "example.com", "/srv/crm", "10.1.2.3"):
        assert secret not in text + first
    everything = told("export", "v1.1", "--to", "card", "--with-people") + told(
        "export", "v1.0", "--to", "card", "--with-people"
    )
    for known in ("李敏", "Ann Otter", "ann@example.com", "/srv/crm/export.csv", "http://10.1.2.3/crm"):
        assert known in everything


def test_records_are_counted_by_the_source_that_they_came_from(shell: Shell) -> None:
    """In whichever version they came; blank lines are none."""
    shell("init")
    write_records("data/bank.jsonl", *QUESTIONS)
    shell("commit", "data/bank.jsonl", "--source", "faq", "--license", "MIT", "-m", "first")
    first, *others = QUESTIONS
    write_records("data/bank.jsonl", {**first, "output": "改"}, *others)
    shell("commit", "-m", "an edit")
    assert _rows(shell("export", "v1.1", "--to", "card")) == ["| faq |  | MIT |  | 3 |"]
    kept = Path("data/bank.jsonl").read_bytes().splitlines(keepends=True)
    new = json.dumps({"instruction": "新", "output": "好"}).encode() + b"\n"
    Path("data/bank.jsonl").write_bytes(b"".join((kept[0], b"\n", kept[2], new, b" \n")))
    shell("commit", "--source", "desk", "--license", "CC0-1.0", "-m", "one out, one in")
    rows = ["| faq |  | MIT |  | 2 |", "| desk |  | CC0-1.0 |  | 1 |"]
    assert _rows(shell("export", "v1.2", "--to", "card")) == rows


def _rows(card: str) -> list[str]:
    return card.partition("retrieved | records |\n|---|---|---|---|---|\n")[2].partition("\n\n")[0].splitlines()


def test_croissant_tells_no_more(told: Shell) -> None:
    text = told("export", "v1.0", "--to", "croissant")
    for secret in ("李敏", "Ann Otter", "10.1.2.3", "/srv/crm"):
        assert secret not in text
    found = json.loads(text)
    manifest = json.loads(Path(".dsvc/data/bank/manifest.json").read_text("utf-8"))
    assert found["version"] == "1.0.0"
    assert found["license"] == ["https://spdx.org/licenses/CC-BY-4.0.html"]
    newer = json.loads(told("export", "v1.1", "--to", "croissant", "--with-people"))
    assert newer["distribution"][0]["sha256"] == manifest["files"][0]["sha256"]
    assert newer["creator"] == [{"@type": "sc:Person", "name": "Ann Otter"}]
    assert [field["name"] for field in newer["recordSet"][0]["field"]] == ["instruction", "output"]


def test_a_card_beside_the_data(told: Shell) -> None:
    told("export", "v1.1", "--to", "trl", "-o", "out", "--card", "--name", "bank-2025")
    text = Path("out/README.md").read_text("utf-8")
    assert "path: train.jsonl" in text
    assert "# bank-2025" in text
    assert told("export", "bank", "--to", "card") == snapshot("""\
! error: 'bank' is a file; a card tells of a version
! hint: name a version: bank@HEAD
exit 2
""")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("https://huggingface.co/datasets/x", True),
        ("doi:10.5281/zenodo.1", True),
        ("http://localhost:8080/x", False),
        ("http://crm/export", False),
        ("https://wiki.corp/x", False),
        ("http://192.168.1.4/x", False),
        ("https://8.8.8.8/x", True),
        ("https://me:secret@example.org/x", False),
        ("file:///srv/x", False),
        ("s3://bucket/x", False),
        ("/srv/x.csv", False),
        ("x.csv", False),
    ],
)
def test_addresses_that_strangers_can_use(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_card_tells_which_errors_were_kept_on_purpose(told: Shell) -> None:
    assert "kept on purpose" not in told("export", "v1.1", "--to", "card")
    write_records("data/bank.jsonl", *QUESTIONS, {**QUESTIONS[0], "output": ""})
    told("commit", "-m", "open", "--source", "faq", "--allow-findings", "医生 | 李敏 said so,\nsee ann@example.com")
    write_records("data/bank.jsonl", *QUESTIONS, {**QUESTIONS[0], "output": ""}, QUESTIONS[1])
    told("commit", "-m", "more", "--source", "faq")
    text = told("export", "bank@HEAD", "--to", "card")
    assert text.partition("modified records.\n\n")[2].partition("## Which")[0] == snapshot("""\
## Errors kept on purpose

| version | found in its new lines | why it was kept |
|---|---|---|
| v1.2 | empty-field 1 | 医生 \\| … said so, see … |

""")
    people = told("export", "bank@HEAD", "--to", "card", "--with-people")
    assert "李敏 said so, see ann@example.com" in people
