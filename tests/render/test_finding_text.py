"""What ``fsck`` found, as text: however many versions need a file, few lines."""

from __future__ import annotations

from inline_snapshot import snapshot

from dsvc.render.finding_text import finding_lines
from dsvc.repository.datasets import Dataset
from dsvc.repository.results import DamagedRecords, Finding


def test_a_file_that_many_versions_need_takes_few_lines() -> None:
    versions = tuple(f"v1.{number}" for number in range(20))
    groups = [
        DamagedRecords(file="qa.jsonl", unit="record", ranges=((n + 1, n + 3),), versions=(version,))
        for n, version in enumerate(versions)
    ]
    found = Finding(
        dataset=Dataset("qa", "qa.jsonl", "file"), file="a.jsonl", problem="damaged", versions=versions,
        repaired=False, records=tuple(groups),
    )  # fmt: skip
    assert "\n".join(finding_lines(found)) == snapshot("""\
qa: a.jsonl: damaged (needed by v1.0, v1.1, v1.2, v1.3, v1.4, v1.5, v1.6, v1.7 and 12 more)
    records 1-3 of qa@v1.0
    records 2-4 of qa@v1.1
    records 3-5 of qa@v1.2
    and records of 17 more versions: --json names all\
""")
