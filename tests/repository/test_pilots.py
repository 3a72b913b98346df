"""Pilots: which records are taken, what is written down of them, and what becomes of them in later versions."""

from __future__ import annotations

import hashlib
import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsvc.errors import CorruptError, DsvcError, NotFoundError, ProtectedError, UsageError
from dsvc.sampling.rule import STRATEGIES, Rule
from tests.repository.lab import FILE, Lab, lines
from tests.splitting.made_up import text

if TYPE_CHECKING:
    from pathlib import Path

LABELS = ("fees", "账单", "cards")


def record(number: int, **more: object) -> dict[str, object]:
    return {"id": number, "q": f"question {number} 逾期 {number * 7919 % 1000} days " + "x" * (number % 17), **more}


def labelled(*numbers: int) -> list[dict[str, object]]:
    return [record(number, label=LABELS[number % 10 and (1 if number % 10 < 4 else 2)]) for number in numbers]


def chosen(lab: Lab, revision: str = "medical@HEAD", **how: Any) -> set[str]:
    """The records of a sample, as text."""
    sample = lab.repo.pilots.draft(revision).sample(Rule(**{"size": "20", "seed": "s", **how}))
    return {each.content.decode() for each in sample.snapshot}


@pytest.fixture
def memory(tmp_path: Path) -> Lab:
    return Lab.over("memory", tmp_path / "work")


# Which records


def test_a_pilot_is_written_down_and_found_again(lab: Lab) -> None:
    lab.save(lines(*labelled(*range(300))))
    made = lab.repo.pilots.create("medical@v1.0", "pilot-a", Rule(size="30", stratify=("label",)))
    assert made.tag == "medical_v1.0_pilot-a"
    assert lab.git.tagged("medical_v1.0_pilot-a") == lab.git.head()
    assert made.pilot.rule.seed == "pilot-a"
    raw = json.loads((lab.root / ".dsvc/data/medical/pilots/pilot-a.json").read_bytes())
    assert list(raw) == [
        *("format", "name", "dataset", "version", "number", "created_at", "created_by", "rule", "counts", "records")
    ]
    (listed,) = lab.repo.pilots.list()
    assert listed.pilot == made.pilot
    assert lab.repo.pilots.verify("pilot-a").same
    assert not lab.git.changed_in_worktree(".dsvc/data/medical/pilots/pilot-a.json")
    assert sum(stratum.records for stratum in made.pilot.counts.strata) == 30


def test_the_records_stand_in_the_order_of_the_file(lab: Lab) -> None:
    lab.save(lines(*labelled(*range(100))))
    made = lab.repo.pilots.create("medical@HEAD", "p", Rule(size="10"))
    ids = [each.id for each in lab.repo.snapshot("medical@HEAD")]
    assert list(made.pilot.records) == [each for each in ids if each in set(made.pilot.records)]
    assert [each.id for each in lab.repo.snapshot("medical@p")] == list(made.pilot.records)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_sample_is_a_function_of_rule_seed_and_content(data: st.DataObject, tmp_path_factory: Any) -> None:
    numbers = data.draw(st.lists(st.integers(0, 400), min_size=5, max_size=60))
    rule: dict[str, Any] = {
        "size": data.draw(st.sampled_from(["1", "5", "20%"])),
        "strategy": data.draw(st.sampled_from(["stable", "longest", "hard", "balanced"])),
        "stratify": ("label",),
        "seed": data.draw(st.text(max_size=4)) or "s",
    }
    shuffled = data.draw(st.permutations(numbers))
    found = []
    for order in (numbers, shuffled):
        lab = Lab.over("memory", tmp_path_factory.mktemp("lab") / "work")
        lab.save(lines(*labelled(*order)))
        sample = lab.repo.pilots.draft("medical@HEAD").sample(Rule(**rule))
        found.append(sorted(each.content for each in sample.snapshot))
    assert found[0] == found[1], "the order of the file says nothing"


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.text(min_size=1, max_size=5), edits=st.integers(0, 1 << 30))
def test_a_sample_hardly_changes_when_records_leave(seed: str, edits: int, tmp_path_factory: Any) -> None:
    random = Random(edits)
    lab = Lab.over("memory", tmp_path_factory.mktemp("lab") / "work")
    numbers = [*range(1500)]
    lab.save(lines(*labelled(*numbers)))
    lab.save(lines(*labelled(*[number for number in numbers if random.random() > 0.05])))
    for stratify in ((), ("label",)):
        before, after = (
            chosen(lab, f"medical@{v}", size="200", seed=seed, stratify=stratify) for v in ("v1.0", "v1.1")
        )
        assert len(before & after) >= 200 * 0.88


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_takes_as_many_as_are_asked_for(memory: Lab, strategy: str) -> None:
    memory.save(lines(*labelled(*range(120))))
    assert len(chosen(memory, strategy=strategy, stratify=("label",), size="33")) == 33
    again = chosen(memory, strategy=strategy, stratify=("label",), size="33")
    assert again == chosen(memory, strategy=strategy, stratify=("label",), size="33")


def test_another_seed_gives_another_sample(memory: Lab) -> None:
    memory.save(lines(*labelled(*range(200))))
    assert chosen(memory, seed="a") != chosen(memory, seed="b")
    assert chosen(memory, seed="a", strategy="head") == chosen(memory, seed="b", strategy="head")


def test_strategies_take_what_they_say(memory: Lab) -> None:
    rows = [{"q": f"the usual words about the account {n % 3}"} for n in range(40)]
    rows[7] = {"q": "perihelion quokka zeugma xylem fjord"}
    rows[20] = {"q": "the usual words about the account " * 5}
    memory.save(lines(*rows))
    assert "quokka" in chosen(memory, size="1", strategy="hard").pop()
    assert len(chosen(memory, size="1", strategy="longest").pop()) > 100
    assert chosen(memory, size="1", strategy="head") == {json.dumps(rows[0])}
    assert any("quokka" in text for text in chosen(memory, size="3", strategy="diverse"))


def test_random_takes_the_same_rows_of_parallel_files(memory: Lab) -> None:
    memory.save(lines(*({"q": f"English {n}"} for n in range(50))), "data/en.jsonl")
    memory.save(lines(*({"q": f"中文 {n}"} for n in range(50))), "data/zh.jsonl")
    one, other = (chosen(memory, f"{name}@HEAD", strategy="random", size="9") for name in ("en", "zh"))
    assert {text.split()[-1] for text in one} == {text.split()[-1] for text in other}


def test_a_key_says_which_record_it_is(memory: Lab) -> None:
    memory.save(lines(*labelled(*range(100))), key=("id",))
    before = {json.loads(text)["id"] for text in chosen(memory)}
    memory.save(lines(*({**each, "q": "rewritten"} for each in labelled(*range(100)))))
    assert {json.loads(text)["id"] for text in chosen(memory)} == before


def test_equal_records_are_taken_one_by_one(memory: Lab) -> None:
    memory.save(lines(*[{"q": "same"}] * 5, {"q": "other"}))
    made = memory.repo.pilots.create("medical@HEAD", "p", Rule(size="4"))
    assert len(set(made.pilot.records)) == 4
    assert sum(1 for _ in memory.repo.snapshot("medical@p")) == 4


def test_conditions_findings_and_other_pilots_narrow_it_down(memory: Lab) -> None:
    rows = labelled(*range(60))
    memory.save(lines(*rows, {"id": 60, "q": "", "label": "fees"}))
    assert all('"fees"' in text for text in chosen(memory, where=("label=fees", "id<50"), size="3"))
    memory.repo.pilots.create("medical@HEAD", "first", Rule(size="30"))
    taken = {each.content.decode() for each in memory.repo.snapshot("medical@first")}
    assert not taken & chosen(memory, exclude=("first",), size="31")
    memory.save(lines(*rows, *rows[:3]))
    assert len(chosen(memory, findings=("exact-duplicate",), size="3")) == 3


def test_of_records_that_are_nearly_the_same_one_is_taken(memory: Lab) -> None:
    text = "how many days until the payment of my gold card is due after the statement date"
    rows = [
        {"q": text},
        {"q": text + "?"},
        {"q": text},
        {"q": "short"},
        {"q": "short"},
        {"q": "fees abroad in winter at machines"},
    ]
    memory.save(lines(*rows))
    assert len(chosen(memory, near_duplicates="leave-out", size="100%")) == 3
    with pytest.raises(UsageError, match="more than the 3 records"):
        chosen(memory, near_duplicates="leave-out", size="4")


def test_records_without_the_field_are_a_group_of_their_own(memory: Lab) -> None:
    memory.save(lines(*labelled(*range(30)), *({"q": f"none {n}"} for n in range(10))))
    sample = memory.repo.pilots.draft("medical@HEAD").sample(Rule(size="20", seed="s", stratify=("label",)))
    assert {s.values: s.records for s in sample.strata}["(missing)",] == 5
    assert sample.notes == ("10 records have no 'label': they are a group of their own, (missing)",)


def test_more_groups_than_records_are_told(memory: Lab) -> None:
    memory.save(lines(*labelled(*range(30))))
    sample = memory.repo.pilots.draft("medical@HEAD").sample(Rule(size="2", seed="s", stratify=("label",)))
    assert "there are 3 groups, and 1 of them give no record" in sample.notes[0]


def test_what_small_groups_take_from_the_large_one_is_told(memory: Lab) -> None:
    rows = [record(n, label="large" if n < 950 else f"small {n}") for n in range(1000)]
    memory.save(lines(*rows))
    draft = memory.repo.pilots.draft("medical@HEAD")
    (note,) = draft.sample(Rule(size="100", seed="s", stratify=("label",))).notes
    assert note == (
        "50 groups are owed less than one record, and give one all the same: the largest group gives 50 instead of 95.0"
    )
    assert draft.sample(Rule(size="100", seed="s", stratify=("label",), allocation="balanced")).notes == ()
    memory.save(lines(*rows[:951]))
    assert memory.repo.pilots.draft("medical@HEAD").sample(Rule(size="90", seed="s", stratify=("label",))).notes == ()


def test_a_folder_is_sampled_through_all_its_files(lab: Lab) -> None:
    lab.write(lines(*labelled(*range(50))).removesuffix(b"\n"), "data/set/train.jsonl")
    lab.write(lines(*labelled(*range(50, 70))), "data/set/test.jsonl")
    lab.keep("data/set")
    lab.repo.pilots.create("set@HEAD", "p", Rule(size="100%"))
    assert lab.content("set@p").count(b"\n") == 70
    assert {file.path for file in lab.repo.snapshot("set@p").layout.files} == {
        "data/set/train.jsonl",
        "data/set/test.jsonl",
    }


def test_a_draft_compares_with_the_whole_again_and_again(memory: Lab) -> None:
    memory.save(lines(*labelled(*range(200))))
    draft = memory.repo.pilots.draft("medical@HEAD")
    before = memory.picture()
    near = {s.feature: s.figure for s in draft.drift(draft.sample(Rule(size="50", seed="s", stratify=("label",))))}
    far = {s.feature: s.figure for s in draft.drift(draft.sample(Rule(size="5", seed="s", where=("label=fees",))))}
    assert near["label"] < 0.02 < far["label"]
    assert {"characters", "language", "source"} <= near.keys() == far.keys()
    assert memory.picture() == before, "nothing was written"


# What is refused


BAD: list[tuple[type[DsvcError], str, dict[str, Any]]] = [
    (UsageError, "a size of 31 is more than the 30 records", {"size": "31"}),
    (UsageError, "'some' is not a size", {"size": "some"}),
    (UsageError, "no record has the field 'lable'", {"stratify": ("lable",), "size": "3"}),
    (UsageError, "what should be balanced", {"strategy": "balanced", "size": "3"}),
    (NotFoundError, "nothing meets all that is asked", {"where": ("label=none",), "size": "3"}),
    (UsageError, "there is no rule 'nonsense'", {"findings": ("nonsense",), "size": "3"}),
    (NotFoundError, "has no pilot 'gone'", {"exclude": ("gone",), "size": "3"}),
    (UsageError, "is not a number", {"where": ("id>x",), "size": "3"}),
]


@pytest.mark.parametrize(("kind", "text", "how"), BAD, ids=[text for _, text, _ in BAD])
def test_a_rule_that_cannot_be_followed_changes_nothing(
    memory: Lab, kind: type[DsvcError], text: str, how: dict[str, Any]
) -> None:
    memory.save(lines(*labelled(*range(30))))
    before = memory.picture()
    with pytest.raises(kind, match=text):
        memory.repo.pilots.create("medical@HEAD", "p", Rule(**how))
    assert memory.picture() == before


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", "v1.0", ".hidden", "x.lock"])
def test_a_name_that_cannot_be_one_is_refused(memory: Lab, name: str) -> None:
    memory.save(lines(*labelled(*range(5))))
    with pytest.raises(UsageError, match="cannot name a pilot"):
        memory.repo.pilots.create("medical@HEAD", name, Rule(size="2"))


def test_a_name_is_taken_whatever_its_case(lab: Lab) -> None:
    lab.save(lines(*labelled(*range(5))))
    lab.repo.pilots.create("medical@HEAD", "试训-A", Rule(size="2"))
    with pytest.raises(UsageError, match="has a pilot '试训-A' already"):
        lab.repo.pilots.create("medical@HEAD", "试训-a", Rule(size="2"))


def test_a_tag_that_is_taken_and_files_in_the_way_are_left_alone(lab: Lab) -> None:
    lab.save(lines(*labelled(*range(5))))
    head = lab.git.head()
    assert head is not None
    lab.git.tag("medical_v1.0_p", head, "mine\n")
    with pytest.raises(ProtectedError, match=r"there is a tag 'medical_v1.0_p' already"):
        lab.repo.pilots.create("medical@HEAD", "p", Rule(size="2"))
    lab.write(b"mine", ".dsvc/data/medical/pilots/q.json")
    with pytest.raises(ProtectedError, match="not committed"):
        lab.repo.pilots.create("medical@HEAD", "q", Rule(size="2"))
    assert lab.read(".dsvc/data/medical/pilots/q.json") == b"mine"


def test_a_pilot_is_no_version(memory: Lab) -> None:
    memory.save(lines(*labelled(*range(9))))
    memory.repo.pilots.create("medical@HEAD", "p", Rule(size="2"))
    for verb in (memory.repo.checkout, memory.repo.rollback, memory.repo.version, memory.repo.blame):
        with pytest.raises(UsageError, match="'p' is a pilot, not a version"):
            verb("medical@p")


def test_a_file_that_somebody_changed_is_told(lab: Lab) -> None:
    lab.save(lines(*labelled(*range(40))))
    lab.repo.pilots.create("medical@HEAD", "p", Rule(size="5"))
    path = lab.root / ".dsvc/data/medical/pilots/p.json"
    raw = json.loads(path.read_bytes())
    others = [each.id for each in lab.repo.snapshot("medical@HEAD") if each.id not in raw["records"]]
    raw["records"][0] = others[0]
    path.write_text(json.dumps(raw))
    lab.git.commit([".dsvc/data/medical/pilots/p.json"], "meddling\n", expected_parent=lab.git.head())
    found = lab.repo.pilots.verify("p")
    assert (len(found.missing), len(found.extra)) == (1, 1)
    path.write_text(json.dumps({**raw, "format": "dsvc.pilot/2"}))
    lab.git.commit([".dsvc/data/medical/pilots/p.json"], "from the future\n", expected_parent=lab.git.head())
    with pytest.raises(CorruptError, match=r"dsvc\.pilot/2"):
        lab.repo.pilots.list()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"name": "../../../escaped"}, "says that it is the pilot"),
        ({"records": ["no id"]}, "cannot read"),
        ({"rule": {"strategy": "lucky"}}, "cannot read"),
        ({"more": 1}, "cannot read"),
    ],
)
def test_a_file_that_means_harm_is_not_believed(lab: Lab, change: dict[str, Any], text: str) -> None:
    lab.save(lines(*labelled(*range(40))))
    lab.repo.pilots.create("medical@HEAD", "p", Rule(size="5"))
    path = ".dsvc/data/medical/pilots/p.json"
    lab.write(json.dumps({**json.loads(lab.read(path)), **change}).encode(), path)
    lab.git.commit([path], "meddling\n", expected_parent=lab.git.head())
    for verb in (lab.repo.pilots.show, lab.repo.pilots.verify, lab.repo.pilots.remove):
        with pytest.raises(CorruptError, match=text):
            verb("p")
    with pytest.raises(CorruptError, match=text):
        lab.repo.pilots.result("p", {"accuracy": 1.0})


def test_a_field_with_a_value_for_each_record_makes_no_groups(memory: Lab) -> None:
    memory.save(lines(*labelled(*range(2100))))
    with pytest.raises(UsageError, match="id would make 2,100 groups"):
        memory.repo.pilots.draft("medical@HEAD").sample(Rule(size="5", stratify=("id",)))


# Undo, rm, results


def test_what_was_noted_is_taken_back(lab: Lab) -> None:
    lab.save(lines(*labelled(*range(20))))
    pictures = [lab.picture()]
    lab.repo.pilots.create("medical@HEAD", "p", Rule(size="5"))
    pictures.append(lab.picture())
    lab.repo.pilots.result("p", {"accuracy": 0.5})
    pictures.append(lab.picture())
    lab.repo.pilots.result("p", {"accuracy": 0.6, "f1": 0.2}, model="qwen", run="7", note="更大的学习率")
    assert [dict(each.metrics) for each in lab.repo.pilots.list()[0].results] == [
        {"accuracy": 0.5},
        {"accuracy": 0.6, "f1": 0.2},
    ]
    assert lab.repo.undo().history == "a result of p was taken out"
    assert lab.picture() == pictures.pop()
    lab.repo.undo()
    assert lab.picture() == pictures.pop()
    assert lab.repo.undo().history == "p was taken out"
    assert lab.picture() == pictures.pop()
    assert lab.numbers() == ["v1.0"]


def test_rm_keeps_the_tag_and_can_be_undone(lab: Lab) -> None:
    lab.save(lines(*labelled(*range(20))))
    lab.repo.pilots.create("medical@HEAD", "p", Rule(size="5"))
    lab.repo.pilots.result("p", {"accuracy": 0.5})
    before = lab.picture()
    assert "its tag 'medical_v1.0_p' stays" in lab.repo.pilots.remove("p").history
    assert lab.repo.pilots.list() == []
    assert lab.content("medical@v1.0_p").count(b"\n") == 5
    assert lab.repo.undo().history == "p is back"
    assert lab.picture() == before


def test_rm_takes_the_tag_where_that_is_asked_and_undo_brings_both_back(lab: Lab) -> None:
    lab.save(lines(*labelled(*range(20))))
    created = lab.repo.pilots.create("medical@HEAD", "p", Rule(size="5"))
    before = lab.git.tags()
    assert created.tag is not None
    assert lab.repo.pilots.remove("p", tag=True).history.endswith("its tag 'medical_v1.0_p' went")
    assert created.tag not in lab.git.tags()
    with pytest.raises(NotFoundError):
        lab.content("medical@v1.0_p")
    assert lab.repo.undo().history == "p is back"
    assert lab.git.tags() == before
    assert lab.content("medical@v1.0_p").count(b"\n") == 5
    lab.repo.pilots.remove("p", tag=True)
    lab.repo.pilots.create("medical@HEAD", "p", Rule(size="6"))
    assert lab.content("medical@v1.0_p").count(b"\n") == 6, "its name is free again"


def test_a_dataset_that_goes_takes_its_pilots_along(lab: Lab) -> None:
    lab.save(lines(*labelled(*range(20))))
    lab.repo.pilots.create("medical@HEAD", "p", Rule(size="5"))
    before = lab.picture()
    lab.repo.remove("medical")
    assert not (lab.root / ".dsvc/data/medical/pilots/p.json").exists()
    lab.repo.undo()
    assert lab.picture() == before


def test_a_pilot_does_not_forget_what_fix_did(lab: Lab) -> None:
    lab.save(lines(*labelled(*range(20))))
    lab.write(lines(*labelled(*range(20)), *labelled(0)))
    lab.repo.fix()
    lab.write(lab.read() + lines(record(99)))
    lab.repo.pilots.create("medical@HEAD", "p", Rule(size="5"))
    lab.keep()
    manifest = lab.repo.manifest("medical@HEAD")
    assert manifest is not None
    assert "fixes" in manifest.metadata


@pytest.mark.parametrize("metrics", [{}, {"accuracy": float("nan")}, {"loss": float("inf")}, {" ": 1.0}])
def test_figures_that_are_none_are_refused(memory: Lab, metrics: dict[str, float]) -> None:
    memory.save(lines(*labelled(*range(20))))
    memory.repo.pilots.create("medical@HEAD", "p", Rule(size="5"))
    with pytest.raises(UsageError):
        memory.repo.pilots.result("p", metrics)
    with pytest.raises(NotFoundError, match="has no pilot 'q'"):
        memory.repo.pilots.result("q", {"accuracy": 1.0})


# Later versions


def test_carry_tells_what_became_of_the_records(lab: Lab) -> None:
    rows = labelled(*range(100))
    lab.save(lines(*rows))
    made = lab.repo.pilots.create("medical@HEAD", "p", Rule(size="20"))
    numbers = [json.loads(each.content)["id"] for each in lab.repo.snapshot("medical@p")]
    edited = {**rows[numbers[0]], "q": str(rows[numbers[0]]["q"]) + " edited"}
    kept = [edited if each["id"] == numbers[0] else each for each in rows if each["id"] != numbers[1]]
    lab.save(lines(*kept))
    done = lab.repo.pilots.carry("p", "medical@HEAD")
    assert done.created.pilot.name == "p-v1.1"
    assert [len(each) for each in (done.stayed, done.changed, done.left, done.replaced)] == [18, 1, 1, 1]
    assert done.left == (made.pilot.records[1],)
    carried = [json.loads(each.content) for each in lab.repo.snapshot("medical@p-v1.1")]
    assert len(carried) == 20
    assert edited in carried
    assert lab.repo.pilots.verify("p-v1.1").same
    compared = lab.repo.pilots.compare("p", "p-v1.1")
    assert (compared.both, len(compared.edited), len(compared.only_first), len(compared.only_second)) == (18, 1, 1, 1)
    assert compared.changes is not None
    assert (compared.changes.removed, compared.changes.modified) == (1, 1)
    lab.repo.undo()
    assert [each.pilot.name for each in lab.repo.pilots.list()] == ["p"]


@pytest.mark.parametrize("stratify", [(), ("label",)])
@pytest.mark.parametrize("strategy", ["stable", "diverse", "head"])
def test_a_size_in_percent_is_one_of_the_new_version(memory: Lab, stratify: tuple[str, ...], strategy: Any) -> None:
    rows = labelled(*range(300))
    memory.save(lines(*rows))
    made = memory.repo.pilots.create("medical@HEAD", "p", Rule(size="10%", stratify=stratify, strategy=strategy))
    taken = {json.loads(each.content)["id"] for each in memory.repo.snapshot("medical@p")}
    assert len(taken) == 30
    fewer = [each for number, each in enumerate(rows) if number in taken or number % 3 == 0]
    memory.save(lines(*fewer))
    done = memory.repo.pilots.carry("p", "medical@HEAD")
    assert len(done.created.pilot.records) == round(len(fewer) / 10)
    assert len(done.stayed) == len(done.created.pilot.records)
    assert {*done.stayed, *done.left} == {*made.pilot.records}
    assert (done.changed, done.replaced) == ((), ())
    assert memory.repo.pilots.verify(done.created.pilot.name).same
    memory.save(lines(*labelled(*range(600))))
    assert len(memory.repo.pilots.carry("p", "medical@HEAD").created.pilot.records) == 60


def test_a_name_with_a_number_that_nobody_could_count_to_costs_nothing(lab: Lab) -> None:
    lab.save(lines(*labelled(*range(40)), *labelled(3, 3)))
    made = lab.repo.pilots.create("medical@HEAD", "p", Rule(size="100%"))
    path = ".dsvc/data/medical/pilots/p.json"
    raw = json.loads(lab.read(path))
    (third,) = [at for at, name in enumerate(raw["records"]) if name.endswith("#3")]
    raw["records"][third] = raw["records"][third].replace("#3", "#999999999999")
    lab.write(json.dumps(raw).encode(), path)
    lab.git.commit([path], "meddling\n", expected_parent=lab.git.head())
    lab.save(lines(*labelled(*range(41)), *labelled(3, 3)))
    done = lab.repo.pilots.carry("p", "medical@HEAD")
    assert len(done.stayed) == 41 + 1
    assert {*made.pilot.records} <= {*done.created.pilot.records}


def test_who_meets_the_rule_no_longer_is_replaced(memory: Lab) -> None:
    rows = labelled(*range(60))
    memory.save(lines(*rows))
    memory.repo.pilots.create("medical@HEAD", "p", Rule(size="5", where=("label=fees",)))
    number = json.loads(next(iter(memory.repo.snapshot("medical@p"))).content)["id"]
    rows[number] = {**rows[number], "label": "cards"}
    memory.save(lines(*rows))
    done = memory.repo.pilots.carry("p", "medical@HEAD", "q")
    assert (len(done.stayed), len(done.left), len(done.replaced)) == (4, 1, 1)
    assert all('"fees"' in each.content.decode() for each in memory.repo.snapshot("medical@q"))


def test_carry_refuses_the_same_version_and_another_dataset(memory: Lab) -> None:
    memory.save(lines(*labelled(*range(60))))
    memory.save(lines(*labelled(*range(60))), "data/other.jsonl")
    memory.repo.pilots.create("medical@HEAD", "p", Rule(size="5"))
    with pytest.raises(UsageError, match=r"'p' is of v1.0 already"):
        memory.repo.pilots.carry("p", "medical@v1.0")
    with pytest.raises(UsageError, match="is of 'other'"):
        memory.repo.pilots.carry("p", "other@v1.0")


def test_carry_to_a_version_of_the_pilot_s_own_dataset(memory: Lab) -> None:
    memory.save(lines(*labelled(*range(60))))
    memory.save(lines(*labelled(*range(60))), "data/other.jsonl")
    memory.repo.pilots.create("medical@HEAD", "p", Rule(size="5"))
    memory.save(lines(*labelled(*range(62))))
    assert memory.repo.pilots.carry("p", "v1.1").created.pilot.dataset == "medical"
    assert memory.repo.pilots.carry("p", "HEAD", "q", of="medical").created.pilot.number == "v1.1"
    assert memory.repo.pilots.carry("p", "medical", "r").created.pilot.number == "v1.1"


@pytest.mark.parametrize("name", ["HEAD", "head", "v1.0", "1.0", "trunk", "digits"])
def test_a_pilot_is_not_called_as_a_version_is(lab: Lab, name: str) -> None:
    lab.save(lines(*labelled(*range(20))))
    if name == "trunk":
        head = lab.git.head()
        assert head is not None
        lab.git.tag("trunk", head, "a tag")
    if name == "digits":
        name = lab.repo.version("medical@v1.0").id[:8]
    before = lab.git.head()
    with pytest.raises(UsageError, match="cannot name a pilot"):
        lab.repo.pilots.create("medical@HEAD", name, Rule(size="5"))
    assert lab.git.head() == before


def test_carry_to_a_version_with_fewer_records(memory: Lab) -> None:
    rows = labelled(*range(60))
    memory.save(lines(*rows))
    before = memory.repo.pilots.create("medical@HEAD", "p", Rule(size="30", stratify=("label",)))
    memory.save(lines(*rows[:20]))
    with pytest.raises(UsageError, match="a size of 30 is more than the 20") as caught:
        memory.repo.pilots.carry("p", "HEAD")
    assert "a share of them: 10%" in str(caught.value.hint)
    with pytest.raises(UsageError, match="not a size"):
        memory.repo.pilots.carry("p", "HEAD", size="x")
    whole = memory.repo.pilots.carry("p", "HEAD", size="100%").created.pilot
    assert whole.counts.records == 20
    done = memory.repo.pilots.carry("p", "HEAD", "small", size="5")
    assert done.created.pilot.counts.records == len(done.created.pilot.records) == 5
    assert {*done.created.pilot.records} < {*before.pilot.records}
    assert not done.replaced
    assert memory.repo.pilots.verify("small").same
    assert memory.repo.pilots.verify("p-v1.1").same


def test_results_stand_beside_each_other(memory: Lab) -> None:
    memory.save(lines(*labelled(*range(60))))
    for name in ("a", "b"):
        memory.repo.pilots.create("medical@HEAD", name, Rule(size="50"))
    memory.repo.pilots.result("a", {"accuracy": 0.5, "loss": 2.0})
    memory.repo.pilots.result("a", {"accuracy": 0.55})
    memory.repo.pilots.result("b", {"accuracy": 0.7, "f1": 0.3})
    found = memory.repo.pilots.compare("a", "b")
    assert found.metrics() == [("accuracy", 0.55, 0.7), ("loss", 2.0, None), ("f1", None, 0.3)]
    assert found.changes is None
    assert found.both + len(found.only_first) == 50


def test_a_tag_names_the_version_that_the_pilot_is_of(lab: Lab) -> None:
    lab.versions(lines(*labelled(*range(30))), lines(*labelled(*range(10, 40))))
    lab.repo.pilots.create("medical@v1.0", "p", Rule(size="100%"))
    assert lab.content("medical@v1.0_p") == lab.content("medical@v1.0")
    assert lab.content("medical@p") == lab.content("medical@v1.0")


# Exports


def test_an_export_has_parts_that_do_not_overlap(memory: Lab) -> None:
    rows = [{"instruction": f"q {n}", "input": "", "output": f"a {n}"} for n in range(80)]
    memory.save(lines(*rows))
    memory.repo.pilots.create("medical@HEAD", "p", Rule(size="40"))
    out = memory.root.parent / "out"
    done = memory.repo.pilots.export("p", "trl", out, validation=0.25)
    train, validation = ({*(out / f"{part}.jsonl").read_bytes().splitlines()} for part in ("train", "validation"))
    assert (len(train), len(validation), train & validation) == (30, 10, set())
    assert done.facts["pilot"]["name"] == "p"
    assert done.facts["revision"] == "medical@v1.0"
    memory.repo.pilots.export("p", "alpaca", memory.root.parent / "alpaca")
    assert (memory.root.parent / "alpaca/train.jsonl").read_bytes() == memory.content("medical@p")


def exported_parts(lab: Lab, share: float) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """A pilot of all records, for training and for validation."""
    lab.repo.pilots.create("medical@HEAD", "p", Rule(size="100%"))
    out = lab.root.parent / "out"
    lab.repo.pilots.export("p", "alpaca", out, validation=share)
    train, validation = (
        [json.loads(line) for line in (out / f"{part}.jsonl").read_bytes().splitlines()]
        for part in ("train", "validation")
    )
    return train, validation


@pytest.mark.parametrize("variant", ["equal", "nearly the same"], ids=["equal", "nearly-the-same"])
def test_what_is_set_aside_is_not_in_what_is_trained_on(memory: Lab, variant: str) -> None:
    rows = [
        {"instruction": text(n, copy if variant != "equal" else 0), "input": "", "output": f"answer {n}"}
        for n in range(50)
        for copy in (0, 1)
    ]
    memory.save(lines(*rows))
    train, validation = exported_parts(memory, 0.3)
    assert (len(train), len(validation)) == (70, 30)
    assert {each["output"] for each in train}.isdisjoint(each["output"] for each in validation)


def test_records_of_one_key_are_set_aside_together(memory: Lab) -> None:
    rows = [{"instruction": f"{n % 50} {n}", "input": "", "output": "x", "meta": {"id": n % 50}} for n in range(100)]
    memory.save(lines(*rows), key=("meta.id",))
    train, validation = exported_parts(memory, 0.3)
    told = ({each["instruction"].split()[0] for each in part} for part in (train, validation))
    assert set.isdisjoint(*told)
    assert len(validation) == 30


def test_a_unit_that_is_larger_than_the_share_is_set_aside_whole(memory: Lab) -> None:
    rows = [{"instruction": f"question {n // 5}", "input": "", "output": "x"} for n in range(10)]
    memory.save(lines(*rows))
    train, validation = exported_parts(memory, 0.1)
    assert (len(train), len(validation)) == (5, 5)


def test_a_carried_pilot_keeps_its_sides(memory: Lab) -> None:
    """What the first trial was trained on never measures the next one, edited or not."""
    topics = [f"{word} {number}" for word in ("limits", "fees", "cards", "loans", "accounts") for number in range(20)]
    full = [hashlib.sha256(topic.encode()).hexdigest() for topic in topics]  # or they were nearly the same
    rows = [{"instruction": topic, "input": "", "output": text} for topic, text in zip(topics, full, strict=True)]
    memory.save(lines(*rows))
    memory.repo.pilots.create("medical@HEAD", "p", Rule(size="60"))
    edited = [row | {"output": f"{row['output']}, edited"} if n % 3 else row for n, row in enumerate(rows[5:])]
    memory.save(lines(*edited, *({"instruction": f"more {n}", "input": "", "output": str(n)} for n in range(20))))
    carried = memory.repo.pilots.carry("p", "HEAD", "q")
    assert len(carried.changed) > 20
    assert carried.replaced
    sides = {}
    for name in ("p", "q"):
        out = memory.root.parent / name
        done = memory.repo.pilots.export(name, "alpaca", out, validation=0.25)
        assert not done.notes
        for part in ("train", "validation"):
            for line in (out / f"{part}.jsonl").read_bytes().splitlines():
                sides[name, json.loads(line)["instruction"]] = part
    both = [topic for topic in topics if ("p", topic) in sides and ("q", topic) in sides]
    assert len(both) > 50
    assert [sides["q", topic] for topic in both] == [sides["p", topic] for topic in both]
    assert sum(of == "q" and part == "validation" for (of, _), part in sides.items()) == 15


ROWS = [{"instruction": f"{n} {word}", "input": "", "output": word} for n in range(25) for word in ("fee", "loan")]


def parts_of(lab: Lab, name: str, share: float) -> tuple[set[bytes], set[bytes], tuple[str, ...]]:
    """What is trained on, and what is for validation."""
    out = lab.root.parent / f"{name}-{share}"
    done = lab.repo.pilots.export(name, "alpaca", out, validation=share)
    train, validation = ({*(out / f"{part}.jsonl").read_bytes().splitlines()} for part in ("train", "validation"))
    return train, validation, done.notes


def carried_pilot(lab: Lab, size: str = "40") -> None:
    """A pilot of fifty records, and the same one where one more was added."""
    lab.save(lines(*ROWS))
    lab.repo.pilots.create("medical@HEAD", "p", Rule(size=size))
    lab.save(lines(*ROWS, {"instruction": "another one", "input": "", "output": "x"}))
    lab.repo.pilots.carry("p", "HEAD", "q")


def test_sides_go_by_the_share_that_a_result_tells(memory: Lab) -> None:
    carried_pilot(memory)
    trained, _, _ = parts_of(memory, "p", 0.1)
    memory.repo.pilots.result("p", {"loss": 1.0}, validation=0.1)
    train, validation, notes = parts_of(memory, "q", 0.3)
    assert trained.isdisjoint(validation)
    assert len(train) + len(validation) == 40
    assert "what was trained on before, in 'p', cannot be" in notes[0]
    with pytest.raises(UsageError, match="no share"):
        memory.repo.pilots.result("p", {"loss": 1.0}, validation=1.5)


def test_another_pilot_of_the_same_name_tells_nothing_of_sides(memory: Lab) -> None:
    carried_pilot(memory)
    memory.repo.pilots.remove("p", tag=True)
    memory.repo.pilots.create("medical@v1.0", "p", Rule(size="40", seed="another"))
    assert "which of its records were trained on is not known" in parts_of(memory, "q", 0.2)[2][0]
    with pytest.raises(NotFoundError, match="another pilot"):
        memory.repo.pilots.verify("q")


def test_sides_that_were_the_datasets_own_are_not_known(memory: Lab) -> None:
    memory.write(lines(*ROWS[:40]), "data/set/train.jsonl")
    memory.write(lines(*ROWS[40:]), "data/set/validation.jsonl")
    memory.keep("data/set")
    memory.repo.pilots.create("set@HEAD", "p", Rule(size="100%"))
    (memory.root / "data/set/validation.jsonl").unlink()
    memory.keep("data/set")
    memory.repo.pilots.carry("p", "HEAD", "q", size="100%")
    _, validation, notes = parts_of(memory, "q", 0.2)
    assert len(validation) == 8
    assert "has no such part for validation" in notes[0]


def test_a_part_that_would_be_empty_is_refused_for_its_reason(memory: Lab) -> None:
    carried_pilot(memory)
    train, validation, _ = parts_of(memory, "p", 0.5)
    for number, (kept, reason) in enumerate(((train, "trained on before"), (validation, "for validation before"))):
        memory.save(b"".join(line + b"\n" for line in sorted(kept)))
        memory.repo.pilots.carry("p", "HEAD", f"r{number}", size="100%")
        with pytest.raises(NotFoundError, match=reason):
            parts_of(memory, f"r{number}", 0.5)


def test_the_sides_of_a_pilot_that_is_gone_are_not_known(memory: Lab) -> None:
    rows = [{"instruction": f"q {n}", "input": "", "output": f"a {n}"} for n in range(40)]
    memory.save(lines(*rows))
    memory.repo.pilots.create("medical@HEAD", "p", Rule(size="20"))
    memory.save(lines(*rows[2:]))
    memory.repo.pilots.carry("p", "HEAD", "q")
    memory.repo.pilots.remove("p")
    done = memory.repo.pilots.export("q", "alpaca", memory.root.parent / "out", validation=0.25)
    assert "'p', which 'q' was carried over from, is not there any more" in done.notes[0]


def test_equal_records_cannot_be_set_aside(memory: Lab) -> None:
    memory.save(lines(*[{"instruction": "one", "input": "", "output": "x"}] * 10))
    with pytest.raises(NotFoundError, match="nearly the same"):
        exported_parts(memory, 0.1)


def test_splits_of_a_folder_stay(memory: Lab) -> None:
    rows = [{"instruction": f"q {n}", "input": "", "output": f"a {n}"} for n in range(60)]
    memory.write(lines(*rows[:40]), "data/set/train.jsonl")
    memory.write(lines(*rows[40:]), "data/set/validation.jsonl")
    memory.keep("data/set")
    memory.repo.pilots.create("set@HEAD", "p", Rule(size="100%"))
    memory.repo.pilots.export("p", "trl", memory.root.parent / "out")
    assert (memory.root.parent / "out/validation.jsonl").read_bytes().count(b"\n") == 20
    with pytest.raises(UsageError, match="a split 'validation' already"):
        memory.repo.pilots.export("p", "trl", memory.root.parent / "more", validation=0.1)


def test_a_pilot_goes_to_annotators(memory: Lab) -> None:
    memory.save(lines(*labelled(*range(60)), *labelled(3)))
    made = memory.repo.pilots.create("medical@HEAD", "p", Rule(size="20"))
    out = memory.root.parent / "tasks.jsonl"
    memory.repo.export("medical@v1.0", "doccano", out, pilot="p", labels=["label"], texts=["q"])
    tasks = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert len(tasks) == 20
    named = {name for task in tasks for name in made.pilot.records if name in json.dumps(task)}
    assert named == set(made.pilot.records)


@pytest.mark.parametrize(
    ("text", "to", "how"),
    [
        ("needs a folder", "jsonl", {"validation": 0.1}),
        ("no share for validation", "trl", {"validation": 1.5}),
        ("a card tells of a whole version", "trl", {"card": True}),
        ("no format|not a format that can be written", "nonsense", {}),
    ],
)
def test_exports_that_make_no_sense_are_refused(memory: Lab, text: str, to: str, how: dict[str, Any]) -> None:
    memory.save(lines(*labelled(*range(60))))
    memory.repo.pilots.create("medical@HEAD", "p", Rule(size="20"))
    with pytest.raises(UsageError, match=text):
        memory.repo.pilots.export("p", to, memory.root.parent / "out", **how)
    assert not (memory.root.parent / "out").exists()


def test_an_export_is_of_the_version_of_the_pilot(memory: Lab) -> None:
    memory.versions(lines(*labelled(*range(30))), lines(*labelled(*range(40))))
    memory.repo.pilots.create("medical@v1.0", "p", Rule(size="20"))
    with pytest.raises(UsageError, match=r"'p' is a pilot of v1.0, not of v1.1"):
        memory.repo.export("medical@v1.1", "jsonl", memory.root.parent / "out.jsonl", pilot="p")
    with pytest.raises(UsageError, match="pilots only"):
        memory.repo.export("medical@v1.1", "trl", memory.root.parent / "out", validation=0.1)
    memory.repo.export("medical", "jsonl", memory.root.parent / "out.jsonl", pilot="p")
    assert (memory.root.parent / "out.jsonl").read_bytes() == memory.content("medical@p")
    assert FILE.endswith("medical.jsonl")


@pytest.mark.parametrize("when", ["commit", "tag"])
@pytest.mark.parametrize("verb", ["pilot", "version"])
def test_who_stops_too_late_is_told_what_was_made(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, when: str, verb: str
) -> None:
    lab.save(lines(*labelled(*range(20))))
    done = getattr(lab.repo._context.git, when)
    stopped: list[object] = []

    def stop(*given: Any, **more: Any) -> Any:
        made = done(*given, **more) if when == "commit" or stopped else None
        if not stopped:
            stopped.append(made)
            raise KeyboardInterrupt
        return made

    monkeypatch.setattr(type(lab.repo._context.git), when, staticmethod(stop))
    told = "medical p: 5 records of v1.0" if verb == "pilot" else "medical v1.1: more"

    def make() -> None:
        if verb == "pilot":
            lab.repo.pilots.create("medical@HEAD", "p", Rule(size="5"))
        else:
            lab.save(lines(*labelled(*range(30))), reason="more")

    with pytest.raises(KeyboardInterrupt, match=f"but this was made already: {told}"):
        make()
    assert lab.git.tagged("medical_v1.0_p" if verb == "pilot" else "medical_v1.1") == lab.git.head()
    assert lab.repo.pilots.verify("p").same if verb == "pilot" else lab.repo.version("medical@v1.1")
