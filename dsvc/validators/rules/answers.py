"""Answers that are none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked

_PLACEHOLDER: Final = re.compile(
    r"\s*(?:todo|tbd|n/?a|none|null|nan|xxx+|\?+|\.{3,}|-+|…+|lorem ipsum.*|placeholder|<output>|<no ?(?:in|out)put>"
    r"|\[?(?:insert|your) [a-z ]{3,30}\]?|待补充|待定|无|暂无|略|同上)\s*[.。]?\s*",
    re.IGNORECASE | re.DOTALL,
)
_REFUSAL: Final = re.compile(
    r"as an? (?:ai|artificial intelligence)(?:(?: language)? model|(?: assistant| chatbot| system)?,? (?:i|my)\b)"
    r"|i(?:'| a)m (?:just )?an ai\b"
    r"|i cannot (?:assist|help) with|(?:i'm|i am) sorry,? but i (?:can't|cannot|am unable)|i (?:can't|cannot) fulfil"
    r"|作为(?:一个|一名)?(?:人工智能|AI)|我是一个(?:AI|人工智能)|(?:很)?抱歉，?我(?:无法|不能)",
    re.IGNORECASE,
)
_SORRY: Final = r"(?:(?:(?:i'm|i am) )?(?:very |really |truly )?sorry|i apologi[sz]e),? (?:but )?"
_NOW: Final = r"(?:currently |just )?"
_REFUSED_AT_ONCE: Final = re.compile(
    rf"(?:{_SORRY}|unfortunately,? )?(?:"
    rf"(?:i'm|i am) {_NOW}(?:unable|not able) to (?:assist|help|perform|access|provide|process|complete|fulfil|comply"
    r"|browse|generate|create|retrieve|book|order|answer)\b"
    rf"|i {_NOW}(?:don't|do not) {_NOW}(?:have|possess) (?:the |any |direct )*"
    r"(?:capability|capabilities|ability|access to|functionality)\b)"
    rf"|{_SORRY}i (?:can't|cannot|can not)\b",
    re.IGNORECASE,
)
"""Only at the start of an answer: people write so as well."""
_LONGEST: Final = 40
_TRIGGERS: Final = (
    re.compile(rb"AI language model"),
    re.compile(rb"n AI\b"),
    re.compile(rb"ntelligence model"),
    re.compile(rb"cannot (?:assist|help|fulfil)"),
    re.compile(rb"can't fulfil"),
    re.compile(rb"orry,? (?:but )?I"),
    re.compile(rb"nfortunately,? I"),
    re.compile(rb"pologi[sz]e"),
    re.compile(rb"I do(?:n| n)"),
    re.compile(rb"I(?:'m| am|\xe2\x80\x99m) (?:currently |just )?(?:unable|not able) to"),
    re.compile("作为".encode()),  # patterns of several words without a common start are five times as slow
    re.compile("我是一个".encode()),
    re.compile("我(?:无法|不能)".encode()),
)


def _placeholder(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_placeholder)


def _check_placeholder(record: Checked) -> Iterator[Found]:
    found = record.exchange
    if found is None or found.answer is None or found.is_label or len(found.answer) > _LONGEST:
        return
    if _PLACEHOLDER.fullmatch(found.answer):
        yield Found(f"the answer is '{found.answer.strip()}'", found.steps, "write the answer, or leave the record out")


def _refusal(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_refusal, _TRIGGERS)


def _check_refusal(record: Checked) -> Iterator[Found]:
    found = record.exchange
    answer = (found.answer or "")[:400].lstrip().replace("’", "'") if found is not None else ""
    match = _REFUSED_AT_ONCE.match(answer) or _REFUSAL.search(answer)
    if found is not None and match is not None:
        yield Found(
            f"the answer refuses, or speaks as a model: '{match.group()}'", found.steps, "look whether it is meant"
        )


_TALK: Final = '{"instruction": "q", "input": "", "output": "%s"}'

RULES: Final = (
    Rule(
        id="placeholder-answer",
        topic="content",
        severity="warning",
        title="the answer is a placeholder",
        why="It was to be filled in, and is trained as the answer.",
        example=Example(
            bad=(_TALK % "TODO", _TALK % "N/A", _TALK % "待补充", _TALK % "<no output>"),
            good=(_TALK % "Not applicable: the fee was dropped.", '{"text": "x", "label": "none"}'),
        ),
        make=_placeholder,
        version=2,
    ),
    Rule(
        id="refusal",
        topic="content",
        severity="note",
        title="the answer refuses, or speaks as a model",
        why="Left over from the model that made the data: the tuned one will refuse what it could do. Refusals "
        "that are meant are fine.",
        example=Example(
            bad=(
                _TALK % "As an AI language model, I have no card.",
                _TALK % "作为一个人工智能模型，我没有卡。",
                _TALK % "I'm sorry, but as an AI, I don't have the capability to book flights.",
                _TALK % "I'm sorry, but I'm unable to perform external tasks.",
                _TALK % "I don’t have access to external articles.",
            ),
            good=(
                '{"instruction": "Do not say: as an AI language model", "input": "", "output": "Fine."}',
                _TALK % "I'm sorry, but I'm unable to come into work today.",
                _TALK % "As an AI researcher, I read papers. I don't have the time to write some.",
                _TALK % "Write: I don't have access to the room.",
            ),
        ),
        make=_refusal,
        version=2,
    ),
)
