"""Templates that were not filled in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked

_BRACES: Final = re.compile(r"(?<![\w\\{}$%])\{\{[^\W\d]\w{1,29}\}\}(?![{}])")
_BRACKETS: Final = re.compile(
    r"\[(?:(?:[Yy]our|[Ii]nsert(?: your)?|[Ee]nter your) [A-Za-z ,'’/]{2,40}"
    r"|(?:Customer|Recipient|Client|Company|Sender|Manager)(?:['’]s)? (?:Name|Address|Email)"
    r"|(?:您|你)的[^\]\s]{1,12}|(?:客户|用户|公司|创始人|候选人)?(?:姓名|公司名称)|插入[^\]\s]{1,12})\](?!\()"
)
_NOTHING: Final = re.compile(r"\s*<no ?(?:in|out)put>\s*", re.IGNORECASE)
_CODE: Final = re.compile(r"```|\{%|</\w+>|jinja|handlebars|mustache|vue\b|angular|模板", re.IGNORECASE)
"""What tells that braces are meant: code, or talk of templates."""
_TRIGGERS: Final = (
    re.compile(rb"\{\{"),
    re.compile(rb"\[(?:[Yy]our|[Ii]nsert|[Ee]nter your|Customer|Recipient|Client|Company|Sender|Manager) ?"),
    re.compile("\\[(?:您的|你的|客户|用户|公司|创始人|候选人|姓名|插入)".encode()),
    re.compile(rb"<[Nn][Oo] ?(?:[Ii][Nn]|[Oo][Uu][Tt])[Pp][Uu][Tt]>"),
)
_FIX: Final = "fill it in, or leave the record out"


def _unfilled(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check, _TRIGGERS)


def _check(record: Checked) -> Iterator[Found]:
    answer = record.exchange.steps if record.exchange is not None else None
    for steps, text in record.texts:
        if _NOTHING.fullmatch(text):
            if steps != answer:  # told by the rule ``placeholder-answer``
                yield Found(f"'{text.strip()}' stands for nothing", steps, "leave the field empty")
        else:
            yield from _in_text(steps, text)


def _in_text(steps: Steps, text: str) -> Iterator[Found]:
    braces = _BRACES.search(text)
    if braces is not None and _CODE.search(text) is None:
        yield Found(f"'{braces.group()}' is not filled in", steps, _FIX)
        return
    brackets = _BRACKETS.search(text)
    if brackets is not None:
        yield Found(f"'{brackets.group()}' is not filled in", steps, _FIX, severity="note")


_TALK: Final = '{"instruction": "q", "input": "", "output": "%s"}'

RULES: Final = (
    Rule(
        id="unfilled-template",
        topic="content",
        severity="warning",
        title="a template that was not filled in",
        why="The model says its braces to people. A letter with [Your Name] may be meant so, and is a note. Braces in "
        "code, and where a text speaks of templates, are let pass.",
        example=Example(
            bad=(
                _TALK % "I am {{name}}, made by {{author}}.",
                _TALK % "Dear [Your Name], thank you.",
                _TALK % "尊敬的[您的姓名]，您好！",
                '{"instruction": "q", "input": "<noinput>", "output": "a"}',
            ),
            good=(
                _TALK % "Write {{ secrets.TOKEN }} there.",
                _TALK % "```\\n<p>{{name}}</p>\\n```",
                _TALK % "In Jinja, {{name}} is a variable.",
                _TALK % "\\\\frac{{abc}}{2}",
                _TALK % "See [your account](https://bank.cn). [Enter HAMLET]",
                _TALK % "The <noinput> event of VoiceXML.",
            ),
        ),
        make=_unfilled,
    ),
)
