"""The benchmarks measure the same data everywhere and say plainly which bars are met. Nothing here looks at a clock."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from benchmarks import data, report, results
from benchmarks.bars import BARS, Bar, judge
from benchmarks.measure import Job, disk, run
from benchmarks.recorder import Recorder
from benchmarks.results import Machine, Measurement, Sample

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.bars import Verdict


@pytest.fixture
def machine() -> Machine:
    return Machine(
        date="2025-01-01",
        command="python -m benchmarks --sizes 1000000",
        runs=3,
        cpu="a processor",
        cores=2,
        memory=8_000_000_000,
        system="Linux",
        python="3.11",
        load=0.1,
        floor=18_000_000,
        versions={"dsvc": "0.1.0"},
        missing={"oxen": "'oxenai' is not installed"},
        data_bytes={"1000000": 800_000_000},
    )


def measured(operation: str, tool: str, *, size: int = 1_000_000, **values: float) -> Measurement:
    return Measurement(size=size, operation=operation, tool=tool, samples=(Sample(**values),))  # type: ignore[arg-type]


def test_the_same_seed_gives_the_same_records_in_two_languages() -> None:
    first = list(data.lines(300))
    assert first == list(data.lines(300))
    assert first != list(data.lines(300, seed=1))
    assert 600 < sum(map(len, first)) / 300 < 1000
    answers = [json.loads(line)["output"] for line in first]
    assert 100 < sum(answer.isascii() for answer in answers) < 200
    assert len({json.loads(line)["id"] for line in first}) == 300


@pytest.mark.parametrize("kind", list(data.EDITS))
def test_an_edit_can_be_repeated_and_says_what_it_changed(kind: str) -> None:
    old = list(data.lines(500))
    new, count = data.apply_edit(kind, old, seed=7)
    assert (new, count) == data.apply_edit(kind, old, seed=7)
    brought_in = Counter(new) - Counter(old)
    assert sum(len(line) * times for line, times in brought_in.items()) == count.edited_bytes
    assert count.records == len(new)
    assert count.changed == max(brought_in.total(), (Counter(old) - Counter(new)).total())


def test_files_are_written_and_edited_on_disk(tmp_path: Path) -> None:
    base, edited = tmp_path / "base.jsonl", tmp_path / "edited.jsonl"
    data.write_base(base, 50)
    count = data.edit_file("ten", base, edited, seed=1)
    assert count.changed == 10
    assert len(edited.read_bytes().splitlines()) == 50
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base.jsonl", "edited.jsonl"]


def test_hard_links_count_once_on_disk(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"12345")
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    (tmp_path / "three").write_bytes(b"123")
    assert disk(tmp_path).size == 8


def test_a_tool_that_fails_is_out_of_the_operation_and_says_why(tmp_path: Path) -> None:
    recorder = Recorder()
    broken = Job(("sh", "-c", "echo no such thing >&2; exit 3"), tmp_path, {"PATH": "/usr/bin:/bin"})
    assert not recorder.timed(10, "status", "dvc", broken)
    assert not recorder.timed(10, "status", "dvc", broken)
    [measurement] = recorder.measurements()
    assert measurement.samples == ()
    assert "no such thing" in str(measurement.failure)


def test_a_run_tells_time_and_memory_of_the_whole_process(tmp_path: Path) -> None:
    taken = run(Job(("sh", "-c", "exit 1"), tmp_path, {"PATH": "/usr/bin:/bin"}, accept=(0, 1)))
    assert taken.wall > 0
    assert taken.peak > 0


def verdict(bar: Bar, *measurements: Measurement) -> Verdict:
    return judge(bar, {(each.operation, each.tool): each for each in measurements})


def test_a_bar_is_held_against_the_better_of_its_peers() -> None:
    bar = Bar("diff", "wall", 0.5, ("slow", "fast"))
    peers = measured("diff", "slow", wall=9.0), measured("diff", "fast", wall=4.0)
    assert verdict(bar, measured("diff", "dsvc", wall=1.9), *peers).met is True
    missed = verdict(bar, measured("diff", "dsvc", wall=2.1), *peers)
    assert (missed.met, missed.best_peer, missed.ratio) == (False, "fast", 0.525)


def test_a_bar_without_a_measurement_is_not_called_met() -> None:
    bar = Bar("status", "wall", 0.2, ("dvc",))
    failed = Measurement(size=10, operation="status", tool="dsvc", failure="ended with 2")
    assert verdict(bar, failed, measured("status", "dvc", wall=1.0)).met is None
    assert verdict(bar, measured("status", "dsvc", wall=1.0)).met is None


def test_derived_caches_do_not_count_as_stored() -> None:
    bar = Bar("commit", "new_bytes", 100)
    assert verdict(bar, measured("commit", "dsvc", new_bytes=1_090, derived_bytes=1_000)).met is True
    assert verdict(bar, measured("commit", "dsvc", new_bytes=1_110, derived_bytes=1_000)).met is False


def test_the_page_says_which_bars_are_met_and_what_was_not_measured(machine: Machine) -> None:
    page = report.render(
        machine,
        [
            measured("first commit", "dsvc", wall=4.0, user=3.0, system=0.5, peak=100_000_000, new_bytes=800_000_000),
            measured("first commit", "dvc", wall=9.0, user=8.0, system=0.5, peak=70_000_000, new_bytes=800_000_000),
            measured("status", "dsvc", wall=0.3),
            Measurement(size=1_000_000, operation="status", tool="dvc", failure="it broke | badly"),
        ],
    )
    assert "| first commit | time | 4.00 s | 9.00 s (dvc) | 0.444 | 0.412 | ≤ 0.5 × dvc | yes |" in page
    assert "| status | time | 300 ms |  |  |  | ≤ 250 ms | **no** |" in page
    assert "| status | time | 300 ms |  |  |  | ≤ 0.2 × dvc | not measured |" in page
    assert "failed: it broke / badly" in page
    assert "not measured: oxen ('oxenai' is not installed)" in page
    assert "100 MB" in page


def test_every_bar_of_the_page_can_be_judged_without_any_measurement() -> None:
    assert all(judge(bar, {}).met is None for bar in BARS)


def test_measurements_survive_on_disk(machine: Machine, tmp_path: Path) -> None:
    kept = [measured("status", "dsvc", wall=0.25, peak=5)]
    results.save(tmp_path / "kept.jsonl", machine, kept)
    assert results.load(tmp_path / "kept.jsonl") == (machine, kept)
