"""Personal data. What was found is never written out whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dsvc.validators.checked import Checked, Records

_MAIL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}\b")
_NO_ONE: Final = re.compile(
    r"@(?:[a-z0-9-]+\.)*(?:example|test|invalid|localhost|domain|email|company|xxx|(?:your|my)-?"
    r"(?:domain|company|e?mail|site|website|organi[sz]ation|school|name))\b|^your[._-]?(?:name|e?mail|address)@",
    re.IGNORECASE,
)
_MOBILE: Final = re.compile(r"(?<![0-9])(?:\+?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])")
_INTERNATIONAL: Final = re.compile(r"(?<![0-9])\+[1-9][0-9]{0,2}(?:[ .-]?\(?[0-9]{2,4}\)?){2,4}(?![0-9])")
_LANDLINE: Final = re.compile(r"(?<![0-9-])\(?0(?:10|2[0-9]|[3-9][0-9]{2})[)-] ?[2-8][0-9]{6,7}(?![0-9-])")
_AMERICAN: Final = re.compile(
    r"(?<![0-9.-])(?:[2-9][0-9]{2}([-.])[2-9][0-9]{2}\1|\([2-9][0-9]{2}\) ?[2-9][0-9]{2}-)[0-9]{4}(?![0-9-]|\.[0-9])"
)
_SOCIAL: Final = re.compile(r"(?<![0-9-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![0-9-])")
_ACCOUNT: Final = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"
)
_IDENTITY: Final = re.compile(
    r"(?<![0-9A-Za-z])[1-8][0-9]{5}(?:19|20)[0-9]{2}[01][0-9][0-3][0-9][0-9]{3}[0-9Xx](?![0-9A-Za-z])"
)
_CARD: Final = re.compile(r"(?<![0-9.])[3-6][0-9]{3}(?:[ -]?[0-9]{4}){2}(?:[ -]?[0-9]{1,7})(?![0-9])")
_MADE_UP: Final = frozenset({"13800138000", "13800000000", "13888888888", "13812345678", "13900000000"})
_PRINTED: Final = frozenset({"078051120", "219099999", "123456789", "111223333"})
"""Social security numbers of advertisements and forms."""
_TEST_ACCOUNTS: Final = (
    "GB82WEST12345698765432",
    "DE89370400440532013000",
    "GB29NWBK60161331926819",
    "FR7630006000011234567890189",
)
_TEST_CARDS: Final = ("4111111111111111", "4242424242424242", "5555555555554444", "378282246310005")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_LEAST_DIGITS: Final = 4
_SOCIAL_LENGTH: Final = 11
_SHORTEST_ACCOUNT: Final = 15
_DIGITS: Final = re.compile(rb"[0-9](?:[ -]?[0-9]){10}")
"""What every number that is looked for has in it."""
_INTERNATIONAL_BYTES: Final = (re.compile(rb"\+[1-9]"),)
_SEPARATORS: Final = b" -"
_AS_ZEROS: Final = bytes.maketrans(b"123456789", b"0" * 9)
_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_AS_FORM: Final = bytes.maketrans(b"123456789" + _LETTERS, b"0" * 9 + b"A" * 26)
_PHONE_FORMS: Final = (b"000-000-0000", b"000.000.0000", b"000) 000-0000", b"000)000-0000", b"0-0000000", b"0)0000000")
_PHONE_BYTES: Final = (
    re.compile(rb"-[0-9]{3}-[0-9]{4}"),
    re.compile(rb"\.[0-9]{3}\.[0-9]{4}"),
    re.compile(rb"\) ?[0-9]{3}-?[0-9]{4}"),
    re.compile(rb"-[0-9]{7}"),
)
_SOCIAL_FORM: Final = b"000-00-0000"
_SOCIAL_BYTES: Final = (re.compile(rb"-[0-9]{2}-[0-9]{4}"),)
_ACCOUNT_FORMS: Final = (b"AA000000", b"AA00AAAA00", b"AA00A0000")
_ACCOUNT_BYTES: Final = (re.compile(rb"[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4} ?[A-Z0-9]{4}"),)


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


def has_account_check(number: str) -> bool:
    """Whether the number of an account (IBAN, without spaces) has the right check digits (ISO 13616, ISO/IEC 7064)."""
    return int("".join(str(int(character, 36)) for character in number[4:] + number[:4])) % 97 == 1


def _is_person(text: str) -> bool:
    return _NO_ONE.search(text) is None


def _is_mobile(text: str) -> bool:
    number = re.sub(r"[^0-9]", "", text)[-11:]
    return number not in _MADE_UP and "1234567" not in number and len(set(number[3:])) >= _LEAST_DIGITS


def _is_phone(text: str) -> bool:
    is_fiction = _AMERICAN.fullmatch(text) is not None and re.sub(r"[^0-9]", "", text)[3:8] == "55501"
    return not is_fiction and _is_mobile(text)


def _is_anyones(text: str) -> bool:
    if len(text) == _SOCIAL_LENGTH:
        return text.replace("-", "") not in _PRINTED and len(set(text)) > _LEAST_DIGITS
    return is_identity(text)


def _is_account(text: str) -> bool:
    """Whether a text is the number of an account, or begins with one: words in capitals may follow it."""
    number = text.replace(" ", "")
    if len(number) < _SHORTEST_ACCOUNT:
        return False
    if not has_account_check(number):
        return _is_account(text.rpartition(" ")[0])
    return number not in _TEST_ACCOUNTS and len(set(number[4:])) > _LEAST_DIGITS


def _is_card(text: str) -> bool:
    number = re.sub(r"[^0-9]", "", text)
    return len(number) in (15, 16, 19) and number not in _TEST_CARDS and len(set(number)) > 3 and has_luhn(number)


def _with_long_numbers(records: Records, rows: Sequence[int]) -> list[int]:
    return records.once(_long_numbers)


def _with_phone_numbers(records: Records, rows: Sequence[int]) -> list[int]:
    found = {*records.once(_long_numbers), *records.with_any(_INTERNATIONAL_BYTES)}
    if _has_any(records.once(_digits_as_zeros), _PHONE_FORMS):
        found.update(records.with_any(_PHONE_BYTES))
    return sorted(found)


def _with_identity_numbers(records: Records, rows: Sequence[int]) -> list[int]:
    found = set(records.once(_long_numbers))
    if _SOCIAL_FORM in records.once(_digits_as_zeros):
        found.update(records.with_any(_SOCIAL_BYTES))
    return sorted(found)


def _with_accounts(records: Records, rows: Sequence[int]) -> list[int]:
    form = records.data.translate(_AS_FORM, b" ")
    return records.with_any(_ACCOUNT_BYTES) if _has_any(form, _ACCOUNT_FORMS) else []


def _digits_as_zeros(records: Records) -> bytes:
    return records.data.translate(_AS_ZEROS)


def _has_any(data: bytes, forms: Sequence[bytes]) -> bool:
    return any(form in data for form in forms)


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


RULES: Final = (
    Rule(
        id="mail-address",
        topic="content",
        severity="warning",
        title="an e-mail address",
        why="Models repeat what they were trained on. Addresses under example.com and the like are let pass.",
        example=Example(
            bad=('{"a": "write to li.min@bank-card.cn"}',),
            good=('{"a": "write to a@example.com"}', '{"a": "@you"}', '{"a": "yourname@yourdomain.com"}'),
        ),
        make=_looked_for(_MAIL, _is_person, "an e-mail address", triggers=(re.compile(rb"@"),)),
        version=2,
    ),
    Rule(
        id="phone-number",
        topic="content",
        severity="warning",
        title="a phone number",
        why="Models repeat what they were trained on. Numbers that are known to be made up are let pass.",
        example=Example(
            bad=(
                '{"a": "电话13912345768"}',
                '{"a": "call +44 20 7946 0958"}',
                '{"a": "电话：010-62345678"}',
                '{"a": "(0571)88063472"}',
                '{"a": "415-555-2671"}',
                '{"a": "call (212) 736-5000"}',
            ),
            good=(
                '{"a": "13800138000"}',
                '{"a": "1391234576812"}',
                '{"a": "1 + 12 - 345"}',
                '{"a": "415-555-0142, 555-123-4567"}',
                '{"a": "2025-062345678, 978-7-302-45678-1"}',
                '{"a": "300.250.1234.5"}',
            ),
        ),
        make=_looked_for(
            re.compile("|".join(each.pattern for each in (_AMERICAN, _MOBILE, _INTERNATIONAL, _LANDLINE))),
            _is_phone,
            "a phone number",
            select=_with_phone_numbers,
        ),
        version=2,
    ),
    Rule(
        id="identity-number",
        topic="content",
        severity="error",
        title="an identity number (China), or a social security number (United States)",
        why="It must not be released (Personal Information Protection Law of the PRC). Only Chinese numbers with the "
        "right check digit are told; American ones have none.",
        example=Example(
            bad=('{"a": "身份证11010519491231002X"}', '{"a": "SSN 536-90-4399"}'),
            good=(
                '{"a": "110105194912310021"}',
                '{"a": "order 111111111111111111"}',
                '{"a": "078-05-1120, 000-12-3456, 1536-90-4399"}',
            ),
        ),
        make=_looked_for(
            re.compile(f"{_IDENTITY.pattern}|{_SOCIAL.pattern}"),
            _is_anyones,
            "an identity number",
            select=_with_identity_numbers,
        ),
        version=2,
        sources=("GB 11643-1999", "Social Security Administration, number randomization"),
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
        id="account-number",
        topic="content",
        severity="error",
        title="the number of a bank account (IBAN)",
        why="It must not be released. Only numbers with the right check digits are told, and none that are known from "
        "examples.",
        example=Example(
            bad=('{"a": "IBAN: DE64 2005 0550 1043 8729 16"}', '{"a": "转到NL69INGB0716385294 BIC INGBNL2A"}'),
            good=('{"a": "GB82 WEST 1234 5698 7654 32"}', '{"a": "DE88 3704 0044 0532 0130 00"}', '{"a": "AB12 CD34"}'),
        ),
        make=_looked_for(_ACCOUNT, _is_account, "an account number", select=_with_accounts),
        sources=("ISO 13616-1",),
    ),
)
