"""``dsvc diff`` of versions, files, and what it prints for people and for scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from tests.cli.conftest import QUESTIONS, Shell, write_records

if TYPE_CHECKING:
    from collections.abc import Callable

HISTORIES = Path(__file__).resolve().parents[3] / "shared" / "data" / "histories"


def test_what_moved_is_told_by_rows_and_its_first_record(shell: Shell) -> None:
    lines = [b'{"id": %d}\n' % number for number in range(1, 9)]
    Path("old.jsonl").write_bytes(b"\n" + b"".join(lines))  # a blank line is no row
    Path("new.jsonl").write_bytes(b"".join([b"\n", lines[6], b"\n", lines[7], *lines[:6]]))
    assert shell("diff", "old.jsonl", "new.jsonl").splitlines()[-2:] == snapshot(
        ['> 7 -> 1  1 record moved: {"id": 7}', '> 8 -> 2  1 record moved: {"id": 8}']
    )


def test_two_files_anywhere(shell: Shell) -> None:
    write_records("old.jsonl", {"id": 1, "text": "one fish two fish"}, {"id": 2, "text": "b"}, {"id": 3, "text": "c"})
    write_records("new.jsonl", {"id": 3, "text": "c"}, {"id": 1, "text": "one fish three fish"}, {"id": 4, "text": "d"})
    assert shell("diff", "old.jsonl", "new.jsonl", "--key", "id") == snapshot("""\
old.jsonl .. new.jsonl
  + 1 added   - 1 removed   ~ 1 modified   > 1 moved
  lines +2 -2   bytes +64 B -62 B
  fields: text 1
  text of the changed records: 9 -> 10 characters on average

> 3 -> 1  1 record moved: {"id": 3, "text": "c"}
~ 2  {"id": 1, "text": "one fish three fish"}
      ~ text  one fish [-two-]{+three+} fish
- 2  {"id": 2, "text": "b"}
+ 3  {"id": 4, "text": "d"}
""")
    assert shell("diff", "old.jsonl", "new.jsonl", "--stat") == snapshot("""\
old.jsonl .. new.jsonl
  + 1 added   - 1 removed   ~ 1 modified   > 1 moved
  lines +2 -2   bytes +64 B -62 B
  fields: text 1
  text of the changed records: 9 -> 10 characters on average
""")
    assert shell("diff", "old.jsonl", "new.jsonl", "--limit", "1", "--no-word") == snapshot("""\
old.jsonl .. new.jsonl
  + 1 added   - 1 removed   ~ 1 modified   > 1 moved
  lines +2 -2   bytes +64 B -62 B
  fields: text 1
  text of the changed records: 9 -> 10 characters on average

> 3 -> 1  1 record moved: {"id": 3, "text": "c"}
… there are more changes: leave out --limit
""")
    assert shell("diff", "old.jsonl", "old.jsonl", "--exit-code") == snapshot("""\
old.jsonl .. old.jsonl
no differences
""")
    assert shell("diff", "old.jsonl", "new.jsonl", "--stat", "--exit-code").endswith("exit 1\n")
    assert shell("diff", "old.jsonl", "none.jsonl") == snapshot("""\
! error: there is no file 'none.jsonl', and no repository here
! hint: dsvc diff OLD.jsonl NEW.jsonl
exit 3
""")


def test_versions_in_any_writing(edited: Shell) -> None:
    edited("commit", "-m", "more", "--source", "call centre")
    whole = edited("diff", "v1.0..v1.1")
    assert whole == snapshot("""\
bank@v1.0 .. bank@v1.1
  + 1 added   - 1 removed   ~ 1 modified
  lines +2 -2   bytes +199 B -204 B
  sources: + call centre (licence unknown)
  fields: output 1
  text of the changed records: 24 -> 22 characters on average

~ 1  {"instruction": "逾期90天以上怎么处理？", "output": "转入可疑类贷款，停止计息。"}
      ~ output  转入[-不良-]{+可疑类+}贷款，停止计息。
- 3  {"instruction": "信用卡的免息期有多长？", "output": "最长50天，从账单日算起。"}
+ 3  {"instruction": "如何提前还款？", "output": "在手机银行申请，当天生效。"}
""")
    same = [
        edited("diff", "bank@v1.0..v1.1"),
        edited("diff", "v1.0", "v1.1"),
        edited("diff", "data/bank.jsonl@v1.0", "bank@HEAD"),
        edited("diff", "HEAD~1", "HEAD"),
    ]
    assert same == [whole] * 4
    assert edited("diff", "bank") == snapshot("""\
bank@v1.1 .. data/bank.jsonl
no differences
""")
    of_versions = [line for line in whole.splitlines() if not line.startswith("  sources: ")]
    assert edited("diff", "v1.0").splitlines()[1:] == of_versions[1:]  # new lines of a file have no source yet


def test_one_object_a_line(edited: Shell, json_lines: Callable[..., list[dict[str, Any]]]) -> None:
    head, *deltas, summary = json_lines("diff", "--json")
    assert (head["type"], summary["type"]) == ("diff", "summary")
    assert {line["format"] for line in (head, *deltas, summary)} == {"dsvc.diff/1"}
    modified, removed, added = deltas
    assert modified["changes"] == snapshot(
        [
            {
                "path": "output",
                "kind": "changed",
                "old": "转入不良贷款，停止计息。",
                "new": "转入可疑类贷款，停止计息。",
                "words": [["removed", "不良"], ["added", "可疑类"]],
            }
        ]
    )
    assert removed["record"]["instruction"] == "信用卡的免息期有多长？"
    assert (added["type"], added["row"], added["line"], added["file"]) == ("added", 3, 3, "data/bank.jsonl")
    assert [summary[name] for name in ("added", "removed", "modified")] == [1, 1, 1]


def test_numbers_arrive_as_they_are_written(shell: Shell) -> None:
    Path("a.jsonl").write_text('{"id": 1, "score": 1.50}\n', encoding="utf-8")
    Path("b.jsonl").write_text('{"id": 1, "score": 1.5}\n{"id": 12345678901234567890}\n', encoding="utf-8")
    out = shell("diff", "a.jsonl", "b.jsonl", "--key", "id", "--json")
    assert '"old": 1.50, "new": 1.5' in out
    assert '"record": {"id": 12345678901234567890}' in out


def test_a_change_of_many_records_is_told_once(shell: Shell) -> None:
    records = [{"instruction": f"question {number}", "output": f"answer {number}"} for number in range(30)]
    write_records("a.jsonl", *records)
    write_records("b.jsonl", *({**record, "history": None} for record in records[:-1]), {**records[-1], "output": "!"})
    assert shell("diff", "a.jsonl", "b.jsonl") == snapshot("""\
a.jsonl .. b.jsonl
  ~ 30 modified
  lines +30 -30   bytes +2.08 kB -1.6 kB
  in 29 records: + history  null
  fields: history 29 · output 1
  text of the changed records: 19 -> 19 characters on average

~ 30  {"instruction": "question 29", "output": "!"}
      ~ output  [-answer 29-]{+!+}
29 records with only the changes told above: not repeated
""")
    assert shell("diff", "a.jsonl", "b.jsonl", "--full").count("+ history  null") == 30


def test_record_text_cannot_act(shell: Shell) -> None:
    write_records("a.jsonl", {"id": 1, "text": "plain [/INST]"}, {"id": 2, "\x1b]0;owned\x07": 1})
    write_records("b.jsonl", {"id": 1, "text": "\x1b[2Jwiped \u202egnp [/INST]"}, {"id": 3, "\x1b]0;owned\x07": 1})
    assert shell("diff", "a.jsonl", "b.jsonl", "--key", "id") == snapshot("""\
a.jsonl .. b.jsonl
  + 1 added   - 1 removed   ~ 1 modified
  lines +2 -2   bytes +88 B -72 B
  fields: text 1
  text of the changed records: 6 -> 11 characters on average

~ 1  {"id": 1, "text": "\\u001b[2Jwiped ⟨202E⟩gnp [/INST]"}
      ~ text  [-plain-]{+␛[2Jwiped ⟨202E⟩gnp+} [/INST]
- 2  {"id": 2, "\\u001b]0;owned\\u0007": 1}
+ 2  {"id": 3, "\\u001b]0;owned\\u0007": 1}
""")


@pytest.mark.skipif(not HISTORIES.is_dir(), reason="the real histories are not here")
def test_poems(shell: Shell) -> None:
    poems = HISTORIES / "tang_poems_zh"
    out = shell("diff", str(poems / "22.jsonl"), str(poems / "23.jsonl"))
    assert out.split("\n", 1)[1] == snapshot("""\
  ~ 1 modified
  lines +1 -1   bytes +3.2 kB -144 B
  fields: paragraphs[] 1
  text of the changed records: 10 -> 1,007 characters on average

~ 250  {"type": "七言古詩", "chapter": "長恨歌", "subchapter": null, "author": "白居易", …
      - paragraphs[0-8]
          ""  (each of 9)
      + paragraphs[0-29]
          漢皇重色思傾國，御宇多年求不得。楊家有女初長成，養在深閨人未識。
          天生麗質難自棄，一朝選在君王側。回眸一笑百媚生，六宮粉黛無顏色。
          春寒賜浴華清池，溫泉水滑洗凝脂。侍兒扶起嬌無力，始是新承恩澤時。
          雲鬢花顏金步搖，芙蓉帳暖度春宵。春宵苦短日高起，從此君王不早朝。
          承歡侍宴無閒暇，春從春遊夜專夜。後宮佳麗三千人，三千寵愛在一身。
          金屋妝成嬌侍夜，玉樓宴罷醉和春。姊妹弟兄皆列土，可憐光彩生門戶。
          遂令天下父母心，不重生男重生女。驪宮高處入青雲，仙樂風飄處處聞。
          緩歌慢舞凝絲竹，盡日君王看不足。漁陽鼙鼓動地來，驚破霓裳羽衣曲。
          九重城闕煙塵生，千乘萬騎西南行。翠華搖搖行復止，西出都門百餘里。
          六軍不發無奈何，宛轉蛾眉馬前死。花鈿委地無人收，翠翹金雀玉搔頭。
          君王掩面救不得，回看血淚相和流。黃埃散漫風蕭索，雲棧縈紆登劍閣。
          峨嵋山下少人行，旌旗無光日色薄。蜀江水碧蜀山青，聖主朝朝暮暮情。
          … 18 more: --full
""")


@pytest.mark.skipif(not HISTORIES.is_dir(), reason="the real histories are not here")
def test_tool_calls(shell: Shell) -> None:
    tasks = HISTORIES / "bfcl_multi_turn_base"
    out = shell("diff", str(tasks / "09.jsonl"), str(tasks / "10.jsonl"), "--key", "id")
    assert out.split("\n", 1)[1] == snapshot("""\
  ~ 2 modified
  lines +2 -2   bytes +4.51 kB -4.47 kB
  fields: question[][].content 2
  text of the changed records: 1,412 -> 1,432 characters on average

~ 98  {"id": "multi_turn_base_97", "question": [[{"role": "user", "content": "I've heard a friend o…
      ~ question[4][0].content  … message 'I am on my way{+.+}'?
~ 157  {"id": "multi_turn_base_156", "question": [[{"role": "user", "content": "I'm planning to fly…
      ~ question[4][0].content  … its status to 'Urgent' [-to reflect the highest priority-]
          {+and its priority to the highest level to reflect its critical importance+}?
""")


def test_lines_that_are_not_json_are_shown_as_text(shell: Shell) -> None:
    Path("old.jsonl").write_text('{"a":1}\n{"a":2', encoding="utf-8")
    Path("new.jsonl").write_text('{"a":1}\n{"a":3\nplain \x1b[2J text\n', encoding="utf-8")
    told = shell("diff", "old.jsonl", "new.jsonl")
    assert told.split("\n\n")[1] == snapshot("""\
~ 2 (not JSON)  {"a":3
      ~ $  {"a":[-2-]{+3+}
+ 3 (not JSON)  plain ␛[2J text
""")
    lines = [json.loads(line) for line in shell("diff", "old.jsonl", "new.jsonl", "--json").splitlines()]
    assert [line.get("not_json") for line in lines if line["type"] not in ("diff", "summary")] == [True, True]
    assert lines[2]["record"] == "plain \x1b[2J text"


def test_numbers_have_no_length_of_text(shell: Shell) -> None:
    write_records("old.jsonl", {"a": 1, "b": 2})
    write_records("new.jsonl", {"a": 1, "b": 3})
    assert "on average" not in shell("diff", "old.jsonl", "new.jsonl")


def test_what_moved_and_was_reformatted_is_told_in_diff_and_log(bank: Shell) -> None:
    first, second, third = (json.dumps(record, ensure_ascii=False) for record in QUESTIONS)
    third = json.dumps(QUESTIONS[2], separators=(",", ":"))
    Path("data/bank.jsonl").write_text(f"{third}\n{first}\n{second}\n", encoding="utf-8")
    assert bank("diff") == snapshot("""\
bank@v1.0 .. data/bank.jsonl
  = 1 reformatted (1 moved too)
  lines +1 -1   bytes +165 B -102 B

= 1 (from 3)  moved; same value, other spacing and escapes
""")
    assert bank("commit", "-m", "sorted") == snapshot("""\
bank@v1.1  =1 (1 moved too)  (3 records)
annotators: Ann Otter
stored:     165 B of records
""")
    assert bank("log").splitlines()[0] == snapshot("*  v1.1 (HEAD)  =1 (1 moved too)  sorted")
    assert bank("show", "HEAD") == snapshot("""\
version bank@v1.1
id          <id>
parents     v1.0
kind        commit
authored    2025-03-01 09:03  Ann Otter <ann@example.com>
annotators  Ann Otter
records     3 in 1 file, 367 B
changes     =1 (1 moved too)

    sorted

files
    data/bank.jsonl  3 records, 367 B

sources
    bank manual 2025  licence CC-BY-4.0
""")
