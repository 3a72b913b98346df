"""What a commit writes down about new records: sources, licences, annotators, keys, bases."""

from __future__ import annotations

import pytest

from dsvc.errors import BadDataError, NotFoundError, ProtectedError, UsageError
from dsvc.origin import Annotator
from dsvc.repository.committing.licences import check_licence, spdx
from tests.repository.lab import FILE, Lab, lines, numbered


def test_people_in_the_records_are_the_versions_annotators(lab: Lab) -> None:
    records = [{"q": 1, "by": "王"}, {"q": 2}, {"q": 3, "by": ["李", "王"]}]
    made = lab.save(lines(*records), annotator_field="by", allow_findings="as collected")
    assert made.manifest.annotators == (Annotator("王"), Annotator("李"), Annotator("Ann Otter"))
    more = lab.save(lines(*records, {"q": 4, "by": "赵"}), annotator_field="by")
    assert more.manifest.annotators == (Annotator("赵"),)
    assert lab.save(lines(*records), annotator_field="by").manifest.annotators == (Annotator("Ann Otter"),)


def test_a_source_field_that_no_record_has(lab: Lab) -> None:
    lab.write(numbered(1, 2))
    with pytest.raises(UsageError, match=r"no added record has the field 'nofield' \(the first one has: id, 问\)"):
        lab.keep(source=None, source_field="nofield")
    assert lab.keep(source_field="nofield").notes[0] == (
        "2 added records have no field 'nofield'; their source is 'hand'"
    )


def test_a_licence_holds_for_the_new_sources_in_the_records(lab: Lab) -> None:
    lab.save(lines({"q": 1, "from": "a"}), source=None, source_field="from", licence="MIT", source_uri="x:y")
    made = lab.save(
        lines({"q": 1, "from": "a"}, {"q": 2, "from": "a"}, {"q": 3, "from": "b"}),
        source=None,
        source_field="from",
        licence="CC0-1.0",
    )
    assert [(s.name, s.licence, s.uri) for s in made.manifest.sources] == [("a", "MIT", "x:y"), ("b", "CC0-1.0", None)]
    lab.write(lines({"q": 1, "from": "a"}))
    with pytest.raises(UsageError, match="belongs to a source"):
        lab.keep(source=None, licence="MIT")


@pytest.mark.parametrize("text", ["MIT", "unknown", "(MIT OR Apache-2.0) AND GPL-2.0+ WITH Classpath-exception-2.0"])
def test_licences(text: str) -> None:
    assert check_licence(text) == text


@pytest.mark.parametrize("text", ["", "CC BY 4.0", "MIT OR", "(MIT", "MIT)", "AND", "free!", "()"])
def test_no_licences(text: str) -> None:
    with pytest.raises(UsageError, match="not a licence"):
        check_licence(text)


def test_a_broken_line_comes_before_the_question_for_a_source(lab: Lab) -> None:
    lab.save(numbered(1))
    lab.write(numbered(1, 2) + b'{"id": \n')
    with pytest.raises(BadDataError, match=f"{FILE}:3"):
        lab.keep(source=None)


def test_a_key_that_no_record_has_and_one_that_repeats(lab: Lab) -> None:
    lab.write(lines({"id": 1, "q": {"k": 1}}, {"id": 1, "q": {"k": 2}}))
    before = lab.picture()
    with pytest.raises(UsageError, match=r"no record has the field 'k' \(the first one has: id, q\)"):
        lab.keep(key=("k",))
    assert lab.picture() == before
    assert lab.keep(key=("id",)).notes[0] == "2 records share their key (id): rows 1, 2"
    assert not any("key" in note for note in lab.keep(key=("q.k",)).notes)


def test_a_key_that_a_later_version_repeats_is_told_when_it_comes(lab: Lab) -> None:
    lab.write(lines({"id": 1}, {"id": 2}))
    lab.keep(key=("id",))
    lab.write(lines({"id": 1}, {"id": 2}, {"id": 3}, {"id": 2, "again": True}))
    assert lab.keep().notes == ("2 records share their key (id): rows 2, 4",)
    lab.write(lines({"id": 1}, {"id": 2}, {"id": 3}, {"id": 2, "again": True}, {"id": 5}))
    assert lab.keep().notes == ()  # known from before
    lab.write(lines({"no": 1}))
    assert lab.keep().notes == ()  # the key was named once, nobody asks for it again


def test_a_named_base_must_be_the_right_one(lab: Lab) -> None:
    lab.write(numbered(1))
    with pytest.raises(UsageError, match="is new"):
        lab.keep(base="v1.0")
    lab.versions(numbered(1), numbered(1, 2))
    lab.write(numbered(1, 2, 3))
    with pytest.raises(NotFoundError, match=r"no version v9.9"):
        lab.keep(base="v9.9")
    with pytest.raises(ProtectedError, match=r"was written from v1.1, not v1.0"):
        lab.keep(base="v1.0")
    assert lab.keep(base="medical@v1.1").manifest.number == "v1.2"


def test_a_missing_file_comes_back_as_the_hint_says(lab: Lab) -> None:
    lab.save(numbered(1))
    (lab.root / FILE).unlink()
    with pytest.raises(NotFoundError, match="there is no file") as caught:
        lab.keep()
    assert (caught.value.hint or "").startswith("dsvc restore medical; ")
    with pytest.raises(NotFoundError, match="there is no file") as caught:
        lab.changes("medical")
    assert (caught.value.hint or "").startswith("dsvc restore medical; ")
    lab.repo.restore("medical")
    assert lab.read() == numbered(1)


def test_in_a_large_dataset_new_records_are_compared_with_each_other(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    from dsvc.repository.committing import keys

    monkeypatch.setattr(keys, "_FEW", 2)
    lab.save(lines({"id": 1}, {"id": 2}, {"id": 3}), key=("id",))
    lab.write(lines({"id": 1}, {"id": 2}, {"id": 3}, {"id": 9, "a": 1}, {"id": 9, "a": 2}, {"id": 2, "a": 3}))
    assert lab.keep().notes == ("2 records share their key (id): rows 4, 5",)
    lab.write(b"\n" + lines({"id": 1}, {"id": 2}, {"id": 8, "a": 1}, {"id": 8, "a": 2}))
    assert lab.keep().notes == ("2 records share their key (id): rows 3, 4",)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("foo", "a licence of another name: --license LicenseRef-foo"),
        ("cc-by-4", "perhaps --license CC-BY-4.0; a licence of another name: --license LicenseRef-cc-by-4"),
        ("MIT OR (foo AND MIT)", "a licence of another name: --license 'MIT OR (LicenseRef-foo AND MIT)'"),
    ],
)
def test_a_licence_that_is_not_on_the_list_says_so(text: str, hint: str) -> None:
    with pytest.raises(UsageError, match="is not on SPDX's list of licences") as caught:
        check_licence(text)
    assert caught.value.hint == hint
    named = hint.rpartition("--license ")[2].strip("'")
    assert check_licence(named) == named


def test_what_a_hub_calls_a_licence_is_always_taken() -> None:
    assert check_licence(spdx("llama3\nMIT AND foo")) == "LicenseRef-llama3 AND MIT AND LicenseRef-foo"
    assert check_licence(spdx("MIT WITH foo bar")) == "LicenseRef-MIT-WITH-foo-bar"
