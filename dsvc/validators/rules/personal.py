"""Personal data and secrets. What was found is never written out whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dsvc.validators.checked import Checked, Records

_MAIL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}\b")
_NO_ONE: Final = re.compile(
    r"@(?:[a-z0-9-]+\.)*(?:example|test|invalid|localhost|domain|email|yourcompany|company|xxx)\b", re.IGNORECASE
)
_MOBILE: Final = re.compile(r"(?<![0-9])(?:\+?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])")
_INTERNATIONAL: Final = re.compile(r"(?<![0-9])\+[1-9][0-9]{0,2}(?:[ .-]?\(?[0-9]{2,4}\)?){2,4}(?![0-9])")
_IDENTITY: Final = re.compile(
    r"(?<![0-9A-Za-z])[1-8][0-9]{5}(?:19|20)[0-9]{2}[01][0-9][0-3][0-9][0-9]{3}[0-9Xx](?![0-9A-Za-z])"
)
_CARD: Final = re.compile(r"(?<![0-9.])[3-6][0-9]{3}(?:[ -]?[0-9]{4}){2}(?:[ -]?[0-9]{1,7})(?![0-9])")
_MADE_UP: Final = frozenset({"13800138000", "13800000000", "13888888888", "13812345678", "13900000000"})
_TEST_CARDS: Final = ("4111111111111111", "4242424242424242", "5555555555554444", "378282246310005")
_SECRETS: Final = (
    ("a key of AWS", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a token of GitHub", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})")),
    ("a key of OpenAI or the like", re.compile(r"\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{20,}")),
    ("a token of Slack", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}")),
    ("a key of Google", re.compile(r"\bAIza[0-9A-Za-z_-]{35}")),
    ("a token of Hugging Face", re.compile(r"\bhf_[A-Za-z0-9]{30,}\b")),
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")),
    ("a signed token (JWT)", re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")),
)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_LEAST_DIGITS: Final = 4
_DIGITS: Final = re.compile(rb"[0-9](?:[ -]?[0-9]){10}")
"""What every number that is looked for has in it."""
_INTERNATIONAL_BYTES: Final = (re.compile(rb"\+[1-9]"),)
_SEPARATORS: Final = b" -"
_AS_ZEROS: Final = bytes.maketrans(b"123456789", b"0" * 9)


def masked(text: str) -> str:
    """The first and last characters of what must not be written out."""
    shown = max(1, min(3, len(text) // 4))
    return f"{text[:shown]}…{text[-shown:]}"


def is_identity(number: str) -> bool:
    """Whether a Chinese identity number has the right check digit (GB 11643-1999) and a date that can be."""
    month, day = int(number[10:12]), int(number[12:14])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[17].upper()


def has_luhn(number: str) -> bool:
    """Whether a card number has the right check digit (ISO/IEC 7812-1)."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[1::2]]
    return (sum(digits[0::2]) + sum(doubled)) % 10 == 0


def _is_person(text: str) -> bool:
    return _NO_ONE.search(text) is None


def _is_mobile(text: str) -> bool:
    number = re.sub(r"[^0-9]", "", text)[-11:]
    return number not in _MADE_UP and len(set(number[3:])) >= _LEAST_DIGITS


def _is_card(text: str) -> bool:
    number = re.sub(r"[^0-9]", "", text)
    return len(number) in (15, 16, 19) and number not in _TEST_CARDS and len(set(number)) > 3 and has_luhn(number)


def _with_long_numbers(records: Records, rows: Sequence[int]) -> list[int]:
    return records.once(_long_numbers)


def _with_phone_numbers(records: Records, rows: Sequence[int]) -> list[int]:
    return sorted({*records.once(_long_numbers), *records.with_any(_INTERNATIONAL_BYTES)})


def _long_numbers(records: Records) -> list[int]:
    """The records with eleven digits in a row. In most blocks there are none, also without what may stand between
    them; to tell that takes a fifth of the time of a search with the pattern."""
    if b"0" * 11 not in records.data.translate(_AS_ZEROS, _SEPARATORS):
        return []
    return records.with_any((_DIGITS,))


def _looked_for(
    pattern: re.Pattern[str],
    holds: Callable[[str], bool],
    what: str,
    *,
    triggers: tuple[re.Pattern[bytes], ...] = (),
    select: Callable[[Records, Sequence[int]], list[int]] | None = None,
) -> Callable[[NoOptions], RecordCheck]:
    def check(record: Checked) -> Iterator[Found]:
        for steps, text in record.texts:
            found = next((match.group() for match in pattern.finditer(text) if holds(match.group())), None)
            if found is not None:
                yield Found(f"{what}: {masked(found)}", steps, "put a made-up one there, or take it out")

    made = RecordCheck(check, triggers, select=select)
    return lambda options: made


def _secrets(options: NoOptions) -> RecordCheck:
    def check(record: Checked) -> Iterator[Found]:
        for steps, text in record.texts:
            for what, pattern in _SECRETS:
                found = pattern.search(text)
                if found is not None and len(set(found.group())) > 8:
                    fix = "take it out, and make it invalid where it was issued"
                    yield Found(f"{what}: {masked(found.group())}", steps, fix)

    triggers = (b"AKIA", b"ASIA", b"gh[pousr]_", b"github_pat_", b"sk-", b"xox", b"AIza", b"hf_", b"-----BEGIN", b"eyJ")
    return RecordCheck(check, tuple(map(re.compile, triggers)))


RULES: Final = (
    Rule(
        id="mail-address",
        topic="content",
        severity="warning",
        title="an e-mail address",
        why="Models repeat what they were trained on. Addresses under example.com and the like are let pass.",
        example=Example(
            bad=('{"a": "write to li.min@bank-card.cn"}',), good=('{"a": "write to a@example.com"}', '{"a": "@you"}')
        ),
        make=_looked_for(_MAIL, _is_person, "an e-mail address", triggers=(re.compile(rb"@"),)),
    ),
    Rule(
        id="phone-number",
        topic="content",
        severity="warning",
        title="a phone number",
        why="Models repeat what they were trained on. Numbers that are known to be made up are let pass.",
        example=Example(
            bad=('{"a": "电话13912345768"}', '{"a": "call +44 20 7946 0958"}'),
            good=('{"a": "13800138000"}', '{"a": "1391234576812"}', '{"a": "1 + 12 - 345"}'),
        ),
        make=_looked_for(
            re.compile(f"{_MOBILE.pattern}|{_INTERNATIONAL.pattern}"),
            _is_mobile,
            "a phone number",
            select=_with_phone_numbers,
        ),
    ),
    Rule(
        id="identity-number",
        topic="content",
        severity="error",
        title="a Chinese identity number",
        why="It must not be released (Personal Information Protection Law of the PRC). Only numbers with the right "
        "check digit are told.",
        example=Example(
            bad=('{"a": "身份证11010519491231002X"}',),
            good=('{"a": "110105194912310021"}', '{"a": "order 111111111111111111"}'),
        ),
        make=_looked_for(_IDENTITY, is_identity, "an identity number", select=_with_long_numbers),
        sources=("GB 11643-1999",),
    ),
    Rule(
        id="card-number",
        topic="content",
        severity="error",
        title="the number of a bank card",
        why="It must not be released. Only numbers with the right check digit are told, and no test cards.",
        example=Example(
            bad=('{"a": "card 6222 0212 3456 7894"}', '{"a": "5105105105105100"}'),
            good=('{"a": "4111 1111 1111 1111"}', '{"a": "6222021234567891"}'),
        ),
        make=_looked_for(_CARD, _is_card, "a card number", select=_with_long_numbers),
        sources=("ISO/IEC 7812-1",),
    ),
    Rule(
        id="secret",
        topic="content",
        severity="error",
        title="a key or token that opens something",
        why="Whoever has the data, or a model that was trained on it, has the key.",
        example=Example(
            bad=('{"a": "AKIAQ3EGT7WXZ5NB2K4D"}', '{"a": "-----BEGIN RSA PRIVATE KEY-----"}'),
            good=(
                '{"a": "AKIA"}',
                '{"a": "sk-xxxxxxxxxxxxxxxxxxxxxxxx"}',
                '{"a": "task-management-for-all-of-us"}',
            ),
        ),
        make=_secrets,
    ),
)
