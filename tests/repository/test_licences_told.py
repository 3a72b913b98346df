"""The licences of a version's sources, whichever version took their records in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.render.diff_json import summary_fields
from dsvc.render.diff_text import summary_lines
from dsvc.render.field_text import View
from dsvc.render.log_text import LogLine, log_lines
from dsvc.repository.versions import Versions
from dsvc.validators.selection import Selection
from tests.repository.lab import lines

if TYPE_CHECKING:
    from tests.repository.lab import Lab

CRAWLED = [{"q": f"第{n}个问题", "a": "x"} for n in range(4)]
OWN = {"q": "own", "a": "y"}


def told(lab: Lab, revision: str | None) -> list[str]:
    """What the rule says of a revision."""
    return [finding.message for finding in lab.repo.validate(revision, Selection(only=("licence",)))]


def started(lab: Lab) -> None:
    lab.save(lines(*CRAWLED), source="crawl", licence="CC-BY-NC-4.0")
    lab.save(lines(*CRAWLED, OWN), source="nobody's")


def test_sources_of_older_versions_are_still_told(lab: Lab) -> None:
    started(lab)
    lab.save(lines({**CRAWLED[0], "a": "edited"}, *CRAWLED[1:], OWN), source=None)
    for revision in ("medical@v1.1", "medical@v1.2", None):
        found = told(lab, revision)
        assert found == [
            "'crawl' (CC-BY-NC-4.0) is not for business",
            "nobody knows the licence of the source 'nobody's'",
        ], revision


def test_a_source_of_which_nothing_is_left_is_not(lab: Lab) -> None:
    started(lab)
    lab.write(lines(OWN))
    for revision in (None, "medical@v1.2"):
        found = told(lab, revision)
        assert found == ["nobody knows the licence of the source 'nobody's'"], revision
        if revision is None:
            lab.keep(source=None)


def test_an_edited_record_of_the_working_file_keeps_its_source(lab: Lab) -> None:
    lab.save(lines(*CRAWLED[:1]), source="crawl", licence="CC-BY-NC-4.0")
    lab.write(lines({**CRAWLED[0], "a": "edited"}))
    found = told(lab, None)
    assert found == ["'crawl' (CC-BY-NC-4.0) is not for business"]


def test_a_range_tells_what_a_new_source_brings_along(lab: Lab) -> None:
    lab.save(lines(OWN), source="own", licence="Apache-2.0")
    lab.save(lines(OWN, *CRAWLED), source="crawl", licence="CC-BY-NC-4.0")
    only = Selection(only=("licence",))
    there = lab.repo.compare_findings("medical@v1.0", "medical@v1.1", only).compare()
    assert [finding.message for finding in there.introduced] == ["'crawl' (CC-BY-NC-4.0) is not for business"]
    back = lab.repo.compare_findings("medical@v1.1", "medical@v1.0", only).compare()
    assert ([*back.introduced], len(back.solved)) == ([], 1)


def test_edits_introduce_no_source(lab: Lab) -> None:
    started(lab)
    lab.save(lines({**CRAWLED[0], "a": "edited"}, OWN), source=None)
    lab.write(lines({**CRAWLED[0], "a": "edited again"}, {**OWN, "a": "new"}))
    only = Selection(only=("licence",))
    found = lab.repo.compare_findings("medical@HEAD", "medical", only).compare()
    assert ([*found.introduced], [*found.solved]) == ([], [])


def test_a_diff_of_versions_tells_sources_and_licences(lab: Lab) -> None:
    def changes(old: str, new: str | None = None) -> list[str]:
        summary = lab.repo.diff(old, new).summary()
        text = [*summary_lines(summary, View(columns=200))]
        assert ("sources" in summary_fields(summary)) == bool(summary.sources)
        return [line for line in text if "sources" in line]

    lab.save(lines(OWN), source="自有", licence="Apache-2.0")
    lab.save(lines(*CRAWLED), source="crawl", licence="CC-BY-NC-4.0")
    lab.save(lines(*CRAWLED, OWN), source="crawl", licence="CC-BY-4.0")
    assert changes("medical@v1.0..v1.1") == ["  sources: + crawl (licence CC-BY-NC-4.0) · - 自有 (licence Apache-2.0)"]
    assert changes("medical@v1.1..v1.2")[0].startswith("  sources: ~ crawl (licence CC-BY-NC-4.0 -> CC-BY-4.0)")
    assert changes("medical@v1.1", "medical@v1.1") == changes("medical@v1.2", "medical") == []


def test_the_log_tells_licences_that_are_known(lab: Lab) -> None:
    started(lab)
    newest, first = lab.repo.log("medical")
    assert (newest.licences, first.licences) == ((), (("crawl", "CC-BY-NC-4.0"),))
    text = "\n".join(log_lines([LogLine(entry.entry, licences=dict(entry.licences)) for entry in (newest, first)]))
    assert "from nobody's · " in text
    assert "from crawl (CC-BY-NC-4.0) · " in text


def compared(lab: Lab, old: str, new: str | None, *, whole: bool) -> tuple[list[str], list[str]]:
    """What the rule says was introduced, and solved."""
    found = lab.repo.compare_findings(old, new, Selection(only=("licence",)), whole=whole).compare()
    return [each.message for each in found.introduced], [each.message for each in found.solved]


def test_a_version_introduces_and_solves_what_its_sources_do(lab: Lab) -> None:
    """Also where only what differs is read: the sources are in the manifests."""
    started(lab)
    lab.save(lines(OWN), source=None)
    for whole in (True, False):
        assert compared(lab, "medical@v1.0", "medical@v1.1", whole=whole) == (
            ["nobody knows the licence of the source 'nobody's'"],
            [],
        )
        assert compared(lab, "medical@v1.1", "medical@v1.2", whole=whole) == (
            [],
            ["'crawl' (CC-BY-NC-4.0) is not for business"],
        )
        assert compared(lab, "medical@v1.1", None, whole=whole) == compared(
            lab, "medical@v1.1", "medical@v1.2", whole=whole
        )


def test_beside_a_file_that_is_no_dataset_nothing_is_known_of_sources(lab: Lab) -> None:
    started(lab)
    (lab.root / "other.jsonl").write_bytes(lines(OWN))
    assert compared(lab, "other.jsonl", "medical@v1.1", whole=True) == ([], [])


def test_a_clone_without_the_manifest_of_a_version_makes_no_licence_unknown(lab: Lab) -> None:
    lab.save(lines(*CRAWLED), source="crawl", licence="CC-BY-4.0")
    lab.save(lines(*CRAWLED, OWN), source="crawl")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Versions, "manifest_of", lambda *_: None)
        assert told(lab, "medical@v1.0") == []
        assert compared(lab, "medical@v1.0", "medical@v1.1", whole=False) == ([], [])


def test_what_helps_names_the_source_and_works_on_unchanged_records(lab: Lab) -> None:
    lab.save(lines(OWN), source="a web page")
    [finding] = lab.repo.validate(None, Selection(only=("licence",)))
    assert finding.fix == "find out, and say it: dsvc commit --source 'a web page' --license SPDX"
    lab.keep(source="a web page", licence="MIT")
    assert told(lab, None) == told(lab, "medical@v1.1") == []
    assert told(lab, "medical@v1.0") == ["nobody knows the licence of the source 'a web page'"]
