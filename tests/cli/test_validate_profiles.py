"""``validate --profile``: what a trainer would do to each row, and how many rows that are."""

from __future__ import annotations

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
    shell("commit", "data/talks.jsonl", "--source", "a bank", "--license", "CC-BY-4.0", "-m", "first version")
    assert shell("validate", "--profile", "llamafactory", "--profile", "ms-swift") == snapshot("""\
E llamafactory/odd-turns  2
    row 2  conversations  one message, which is not an answer
    row 3  conversations  3 messages, of which the last is not an answer
E llamafactory/text-expected  1
    row 5  conversations[1].value  null stands where a text is read
E llamafactory/unknown-role  1
    row 4  conversations[0].from  role "user" is not known
E ms-swift/no-content  1
    row 5  conversations[1].content  a message has no content
W ms-swift/no-answer  2
    row 2  conversations[0].content  the last message is no answer
    row 3  conversations[2].content  the last message is no answer
rows for llamafactory: 1 accepted, 3 dropped, 1 on which the run aborts
rows for ms-swift: 2 accepted, 2 altered, 1 dropped
exit 1
""")
