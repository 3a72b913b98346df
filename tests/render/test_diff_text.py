"""How changes look: fields, words, blocks; within the width; and safe."""

from __future__ import annotations

import json

import pytest
from inline_snapshot import snapshot

from dsvc.delta import Added, Delta, Modified, MovedBlock, Reformatted, Removed
from dsvc.diff.summary import SameChange, Summary, Totals, ValueShift
from dsvc.render.diff_json import delta_objects
from dsvc.render.diff_text import record_lines, summary_lines, told_in
from dsvc.render.field_text import View
from dsvc.render.json_text import json_text
from dsvc.render.reformatting import how_reformatted
from dsvc.render.safe_text import cell_width
from dsvc.render.style import COLOURED
from dsvc.snapshot import Record


def record(value: object, row: int = 1, file: str = "a.jsonl") -> Record:
    content = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return Record(content, file, row, row)


def edit(old: object, new: object) -> Modified:
    return Modified(record(old), record(new))


def shown(*deltas: Delta, columns: int = 72, files: int = 1, words: bool = True) -> str:
    return "\n".join(record_lines(deltas, View(columns=columns, words=words), first_moved=first_moved, files=files))


def first_moved(block: MovedBlock) -> tuple[Record, int]:
    """What moved, where no blank line stands before it."""
    record = Record(b'{"text": "what the first of them says, and a little more"}', block.new_file, 0, block.new_line)
    return record, block.old_line


LONG = "The quick brown fox jumps over the lazy dog while the sun sets behind the hills of the old country. "
CHINESE = "寥落古行宮，宮花寂寞紅。白頭宮女在，閒坐說玄宗。白日依山盡，黃河入海流。欲窮千里目，更上一層樓。"


def test_words_in_a_long_text() -> None:
    old, new = LONG * 3, LONG + LONG.replace("lazy dog", "sleepy cat") + LONG
    assert shown(edit({"text": old}, {"text": new})) == snapshot("""\
~ 1  {"text": "The quick brown fox jumps over the lazy dog while the su…
      ~ text  … fox jumps over the [-lazy dog-]{+sleepy cat+} while
          the sun sets …\
""")


def test_characters_in_a_chinese_text() -> None:
    old = {"messages": [{"role": "user", "content": CHINESE}]}
    new = {"messages": [{"role": "user", "content": CHINESE.replace("閒坐說玄宗", "閑坐說明皇")}]}
    assert shown(edit(old, new)) == snapshot("""\
~ 1  {"messages": [{"role": "user", "content": "寥落古行宮，宮花寂寞紅…
      ~ messages[0].content  …宮花寂寞紅。白頭宮女在，[-閒-]{+閑+}坐
          說[-玄宗-]{+明皇+}。白日依山盡，黃河入海流…\
""")


def test_fields_that_came_went_and_changed() -> None:
    old = {"id": "7", "score": 1, "tags": ["a", "b"], "gone": {"x": 1}, "text": "", "label": "good"}
    new = {"id": "7", "score": 1.0, "tags": ["a", "c", "b"], "text": "now", "label": None, "new": "yes"}
    assert shown(edit(old, new)) == snapshot("""\
~ 1  {"id": "7", "score": 1.0, "tags": ["a", "c", "b"], "text": "now", …
      ~ score  [-1-]{+1.0+}
      + tags[1]  c
      - gone  {"x": 1}
      ~ text  {+now+}
      ~ label  [-good-]{+null+}
      + new  yes\
""")


def test_a_text_that_was_written_anew() -> None:
    old, new = LONG, "Nothing of what stood here before is left, not a single one of its words, as anyone can see."
    assert shown(edit({"text": old}, {"text": new})) == snapshot("""\
~ 1  {"text": "Nothing of what stood here before is left, not a single …
      ~ text
          - "The quick brown fox jumps over the lazy dog while the sun
          sets behind the hills of the old country. "
          + Nothing of what stood here before is left, not a single one
          of its words, as anyone can see.\
""")


def test_whole_texts_without_words() -> None:
    assert shown(edit({"text": "one two"}, {"text": "one three"}), words=False) == snapshot("""\
~ 1  {"text": "one three"}
      ~ text
          - one two
          + one three\
""")


def test_records_and_blocks() -> None:
    deltas: list[Delta] = [
        Added(record({"instruction": CHINESE, "output": LONG}, 4)),
        Removed(record({"short": 1}, 12_000)),
        MovedBlock("a.jsonl", 10, "a.jsonl", 4, 1, 1),
        MovedBlock("a.jsonl", 1010, "a.jsonl", 4, 12, 11),
    ]
    assert shown(*deltas) == snapshot("""\
+ 4  {"instruction": "寥落古行宮，宮花寂寞紅。白頭宮女在，閒坐說玄宗。白
     日依山盡，黃河入海流。欲窮千里目，更上一層樓。", "output": "The
     quick brown fox jumps over the lazy dog while the sun sets behind …
- 12,000  {"short": 1}
> 10 -> 4  1 record moved: {"text": "what the first of them says, and a…
> 1,010-1,020 -> 4-14  11 records moved, first: {"text": "what the firs…\
""")


def test_several_files() -> None:
    deltas: list[Delta] = [
        MovedBlock("train.jsonl", 10, "test.jsonl", 4, 3, 3),
        Modified(record({"a": 1}, 3, "train.jsonl"), record({"a": 2}, 5, "test.jsonl"), moved=True),
    ]
    assert shown(*deltas, files=2) == snapshot("""\
> train.jsonl:10-12 -> test.jsonl:4-6  3 records moved, first: {"text":…
~ test.jsonl:5 (from train.jsonl:3)  {"a": 2}
      ~ a  [-1-]{+2+}\
""")


def test_values_written_differently() -> None:
    value = b'{"a": "\xe4\xb8\xad", "b": 1}'
    other = {
        "line end": value + b"\r",
        "spacing": value.replace(b": ", b":"),
        "escapes": value.replace(b"\xe4\xb8\xad", b"\\u4e2d"),
        "order of keys": b'{"b": 1, "a": "\xe4\xb8\xad"}',
    }
    deltas = [Reformatted(record(value, row), record(written, row)) for row, written in enumerate(other.values(), 1)]
    assert [how_reformatted(delta) for delta in deltas] == [(how,) for how in other]
    assert shown(*deltas, *deltas[-1:] * 2) == snapshot("""\
= 1-4  6 records, same value: line end, spacing, escapes, order of keys\
""")
    assert shown(deltas[0], edit({"a": 1}, {"a": 2}), *deltas[-1:] * 3) == snapshot("""\
= 1  same value, other line end
~ 1  {"a": 2}
      ~ a  [-1-]{+2+}
= 4  3 records, same value: order of keys\
""")
    assert [fields["how"] for _, fields in delta_objects(deltas)] == [*other]  # a script has each of them


@pytest.mark.parametrize(
    ("old", "new", "how"),
    [
        ('{"a": "中", "b": 1}', r'{"a":"\u4e2d","b":1}', ("spacing", "escapes")),
        ('{"a": "中", "b": 1}', r'{"b":1,"a":"\u4e2d"}', ("spacing", "escapes", "order of keys")),
        ('{"a": "中", "b": 1}', r'{"b": 1, "a": "\u4e2d"}', ("escapes", "order of keys")),
        ('{"a":"/","b":[1, 2]}', r'{"a":"\/","b":[1, 2]}', ("escapes",)),
        ('{"a":"x  y","b":[1, 2]}', '{"a":"x  y","b":[1,2]}', ("spacing",)),
        (r'{"a":"\"b\": 1"}', r' {"a":"\"b\": 1"}', ("spacing",)),
        ('{"a":1,"b":{"c":"a","d":"b"}}', '{"b":{"d":"b","c":"a"},"a":1}\r', ("line end", "order of keys")),
        ('\ufeff{"a": 1}', '{"a":1}', ("byte order mark", "spacing")),
        ('{"a": 1, "a": 2}', '{"a": 2}', ("spacing", "repeated fields")),
        ('{"a": 1, "a": 2}', '{"a": 2, "a": 2}', ("repeated fields",)),
        ('{"b": {"a": 1, "a": 2}, "c": 3}', '{"c": 3, "b": {"a": 1, "a": 2}}', ("order of keys",)),
        ('{"a": 1}', '{"a": 1}', ("line end",)),  # only one of them has one
    ],
)
def test_all_that_differs_in_the_writing_is_named(old: str, new: str, how: tuple[str, ...]) -> None:
    before, after = Record(old.encode(), "a.jsonl", 1, 1), Record(new.encode(), "a.jsonl", 1, 1)
    assert before.id == after.id
    assert how_reformatted(Reformatted(before, after)) == how


def test_moved_and_reformatted_is_told_as_both() -> None:
    value, other = b'{"a": 1, "b": "x"}', b'{"b":"x","a":1}'
    places = [(3, 1), (4, 2), (5, 3), (1, 9)]
    deltas = [Reformatted(record(value, old), record(other, new), moved=True) for old, new in places]
    assert shown(*deltas, Reformatted(record(value, 10), record(other, 10))) == snapshot("""\
= 1-3 (from 3-5)  3 records moved, same value: spacing, order of keys
= 9 (from 1)  moved; same value, other spacing and order of keys
= 10  same value, other spacing and order of keys\
""")
    summary = Summary(
        added=0, removed=0, modified=2, reformatted=5, moved=7, blank_lines_added=0, blank_lines_removed=0,
        totals=Totals(), pairing=1, modified_moved=1, reformatted_moved=4,
    )  # fmt: skip
    assert list(summary_lines(summary, View())) == snapshot(
        ["  ~ 2 modified (1 moved too)   > 7 moved   = 5 reformatted (4 moved too)"]
    )


def test_the_summary() -> None:
    summary = Summary(
        added=12, removed=3, modified=52_040, reformatted=1, moved=2, blank_lines_added=1, blank_lines_removed=0,
        totals=Totals(52_052, 52_043, 8_030_000, 999), pairing=1,
        same_changes=(SameChange("history", "added", None, "null", 52_002), SameChange("a", "changed", "1", "2", 2)),
        fields=(("history", 52_002), ("messages[].content", 38)), text_length_old=312.4, text_length_new=340.0,
        shifts=(ValueShift("label", (("positive", 10, 12), ("neg\x1b", 4, 2))),),
    )  # fmt: skip
    assert "\n".join(summary_lines(summary, View())) == snapshot("""\
  + 12 added   - 3 removed   ~ 52,040 modified   > 2 moved   = 1 reformatted   blank lines +1 -0
  lines +52,052 -52,043   bytes +8.03 MB -999 B
  in 52,002 records: + history  null
  fields: history 52,002 · messages[].content 38
  text of the changed records: 312 -> 340 characters on average
  label: positive 10 -> 12 · neg␛ 4 -> 2\
""")
    told = told_in(summary)
    deltas = [edit({"a": 1}, {"a": 2, "history": None}), edit({"a": 1}, {"a": 1, "history": None})]
    assert "\n".join(record_lines(deltas, View(), first_moved=first_moved, is_told=told)) == snapshot("""\
~ 1  {"a": 2, "history": null}
      ~ a  [-1-]{+2+}
      (1 change told above)
1 record with only the changes told above: not repeated\
""")


HOSTILE = "\x1b[2J\x1b]52;c;aGk=\x07\u202e\u200b[/INST]\x9b\x7f{\r"


@pytest.mark.parametrize("columns", [40, 72, 200])
@pytest.mark.parametrize("full", [False, True])
def test_nothing_raw_and_nothing_too_wide(columns: int, *, full: bool) -> None:
    long, other = HOSTILE * 30 + CHINESE * 9, CHINESE * 8 + HOSTILE * 29
    deltas: list[Delta] = [
        Added(record({HOSTILE: long})),
        Removed(record(b'{"a": "\xff\x1b"}')),
        edit(
            {HOSTILE: 1, "x": long, "y": ["a", HOSTILE]}, {HOSTILE + "!": 1, "x": other, "y": [HOSTILE, "b", HOSTILE]}
        ),
        MovedBlock(HOSTILE, 1, "b", 1, 1, 1),
        Reformatted(record(b"{}", file=HOSTILE), record(b"{ }", file=HOSTILE)),
    ]
    text = "\n".join(record_lines(deltas, View(columns=columns, full=full), first_moved=first_moved, files=2))
    assert not {"\x1b", "\u202e", "\u200b", "\x9b", "\x7f", "\x07", "\r"} & set(text)
    fields = [line for line in text.split("\n") if line.startswith("  ")]
    assert max(cell_width(line) for line in fields) <= columns
    coloured = "\n".join(
        record_lines(deltas, View(style=COLOURED, columns=columns, full=full), first_moved=first_moved, files=2)
    )
    for colour in ("\x1b[0m", *(f"\x1b[{code}m" for code in (2, 31, 32, 33, 34, 36))):
        coloured = coloured.replace(colour, "")
    assert coloured == text


def test_objects_for_scripts() -> None:
    deltas: list[Delta] = [
        edit({"a": "x y"}, {"a": "x z"}),
        MovedBlock("a", 1, "b", 2, 3, 3),
        Added(record(b'{"n":1.0}')),
    ]
    assert [json.loads(json_text({"type": kind, **fields})) for kind, fields in delta_objects(deltas)] == snapshot(
        [
            {
                "type": "modified",
                "old": {"file": "a.jsonl", "line": 1, "row": 1, "id": "422c10fa8659b334734a8c2bb819ad27"},
                "new": {"file": "a.jsonl", "line": 1, "row": 1, "id": "a035e3dd83c3902ffbeede9880c2ca7d"},
                "moved": False,
                "changes": [
                    {
                        "path": "a",
                        "kind": "changed",
                        "old": "x y",
                        "new": "x z",
                        "words": [["removed", "y"], ["added", "z"]],
                    }
                ],
            },
            {
                "type": "moved",
                "old": {"file": "a", "line": 1},
                "new": {"file": "b", "line": 2},
                "lines": 3,
                "records": 3,
            },
            {
                "type": "added",
                "file": "a.jsonl",
                "line": 1,
                "row": 1,
                "id": "3b6b06ecd1c968c8e738e0f11c4bb361",
                "record": {"n": 1.0},
            },
        ]
    )
