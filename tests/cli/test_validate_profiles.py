"""``validate --profile``: what a trainer would do to each row, and how many rows that are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from inline_snapshot import snapshot

from tests.cli.conftest import write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def talk(*turns: tuple[str, Any]) -> dict[str, Any]:
    return {"conversations": [{"from": role, "value": value} for role, value in turns]}


ROWS = (
    talk(("human", "几点开门？"), ("gpt", "九点。")),
    talk(("human", "几点开门？")),
    talk(("human", "When?"), ("gpt", "At nine."), ("human", "Why?")),
    talk(("user", "When?"), ("gpt", "At nine.")),
    talk(("human", "When?"), ("gpt", None)),
)


def test_two_trainers_and_what_they_do_to_the_rows(shell: Shell) -> None:
    shell("init")
    write_records("data/talks.jsonl", *ROWS)
    facts = ("--source", "a bank", "--license", "CC-BY-4.0", "-m", "first version", "--allow-findings", "as collected")
    shell("commit", "data/talks.jsonl", *facts)
    assert shell("validate", "--profile", "llamafactory", "--profile", "ms-swift") == snapshot("""\
E llamafactory/odd-turns  2  a conversation does not end with an answer, or of a pair not with the
                             question
    row 2  conversations  dropped: one message, which is not an answer
    row 3  conversations  dropped: 3 messages, of which the last is not an answer
    fix: add the answer
    fix: leave the last message out

E no-answer  2  a conversation does not end with an answer
    row 2  conversations[0]  the last turn is 'human': there is no answer to it
    row 3  conversations[2]  the last turn is 'human': there is no answer to it
    fix: add the answer, or leave the turn out

E empty-turn  1  a turn of a conversation is null or empty
    row 5  conversations[1].value  the turn of 'gpt' is null
    fix: write what belongs there, or leave the record out

E llamafactory/text-expected  1  something else stands where a text is encoded
    row 5  conversations[1].value  aborts: null stands where a text is read
    fix: write a text

E llamafactory/unknown-role  1  a message has a role that no tag names
    row 4  conversations[0].from  dropped: role "user" is not known
    fix: use one of human, gpt, observation, function_call, system

E ms-swift/no-content  1  a message or a question has no text
    row 5  conversations[1].content  dropped: a message has no content
    fix: write a text

W ms-swift/no-answer  2  the last message is no answer
    row 2  conversations[0].content  altered: the last message is no answer
    row 3  conversations[2].content  altered: the last message is no answer
    fix: add the answer

data/talks.jsonl: 5 records, 8 errors, 2 warnings in 7 rules
rows for llamafactory: 1 accepted, 3 dropped, 1 on which the run aborts
rows for ms-swift: 2 accepted, 2 altered, 1 dropped
hint: what it means: dsvc validate --rule llamafactory/odd-turns
exit 1
""")


def test_a_folder_that_is_no_dataset_is_looked_through_as_one(shell: Shell) -> None:
    """Also inside of a repository, before it is committed: what leaks from the test part is told."""
    Path("split").mkdir()
    Path("split/train.jsonl").write_text('{"instruction": "q", "output": "a"}\n')
    Path("split/test.jsonl").write_text('{"instruction": "q", "output": "b"}\n')
    told = shell("validate", "split")
    assert "E split-leak  1" in told
    assert "the same question stands in 'split/test.jsonl', row 1" in told
    assert "split  2 records" in shell("stats", "split")
