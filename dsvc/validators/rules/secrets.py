"""Keys and tokens. What was found is never written out whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule
from dsvc.validators.rules.personal import masked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked

_SECRETS: Final = (
    ("a key of AWS", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a token of GitHub", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})")),
    ("a token of GitLab", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}")),
    ("a key of OpenAI or the like", re.compile(r"\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{20,}")),
    ("a token of Slack", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}")),
    ("a key of Google", re.compile(r"\bAIza[0-9A-Za-z_-]{35}")),
    ("a token of Hugging Face", re.compile(r"\bhf_[A-Za-z0-9]{30,}\b")),
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")),
    ("a signed token (JWT)", re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")),
)
_TRIGGERS: Final = (
    re.compile(rb"AKIA"),
    re.compile(rb"ASIA"),
    re.compile(rb"gh[pousr]_"),
    re.compile(rb"github_pat_"),
    re.compile(rb"glpat-"),
    re.compile(rb"sk-"),
    re.compile(rb"xox"),
    re.compile(rb"AIza"),
    re.compile(rb"hf_"),
    re.compile(rb"-----BEGIN"),
    re.compile(rb"eyJ"),
    re.compile(rb"://[^\s:/@\"]*:[^\s/@\"]*@"),
)
_ADDRESS: Final = re.compile(
    r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://(?P<user>[^\s:/@\"']{0,64}):(?P<password>[^\s/@\"']{4,128})@(?P<host>[\w.-]+)"
)
_NO_PASSWORD: Final = re.compile(
    r"my.*|your.*|.*pass(?:word|wd)?|pwd|secret|token|x+|\*+|\.+|example|<.*>|\$.*|%.*|\{.*\}|\[.*\]", re.IGNORECASE
)
_NO_HOST: Final = re.compile(r"localhost|127\.0\.0\.1|host(?:name)?|(?:[\w-]+\.)*example(?:\.\w+)?", re.IGNORECASE)
_LEAST: Final = 8
"""So many different characters at least; fewer are made up."""


def _secrets(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check, _TRIGGERS)


def _check(record: Checked) -> Iterator[Found]:
    for steps, text in record.texts:
        for what, found in _found_in(text):
            yield Found(f"{what}: {masked(found)}", steps, "take it out, and make it invalid where it was issued")


def _found_in(text: str) -> Iterator[tuple[str, str]]:
    for what, pattern in _SECRETS:
        found = pattern.search(text)
        if found is not None and len(set(found.group())) > _LEAST and "EXAMPLE" not in found.group():
            yield what, found.group()
    for found in _ADDRESS.finditer(text) if "://" in text else ():
        if _opens(found):
            yield "an address with a password", found.group()
            return


def _opens(address: re.Match[str]) -> bool:
    """Whether the password of an address is a real one, of a host that is not everybody's own."""
    user, password, host = address.group("user", "password", "host")
    return password != user and not _NO_PASSWORD.fullmatch(password) and not _NO_HOST.fullmatch(host)


RULES: Final = (
    Rule(
        id="secret",
        topic="content",
        severity="error",
        title="a key, token or password that opens something",
        why="Whoever has the data, or a model that was trained on it, has the key. What is known from examples of "
        "vendors is let pass, and passwords of one's own machine.",
        example=Example(
            bad=(
                '{"a": "AKIAQ3EGT7WXZ5NB2K4D"}',
                '{"a": "-----BEGIN RSA PRIVATE KEY-----"}',
                '{"a": "glpat-x7Kq2mPz9vRt4LwYb3Nc"}',
                '{"a": "postgres://u:p4ssw0rd@db.bank.cn:5432/cards"}',
            ),
            good=(
                '{"a": "AKIA"}',
                '{"a": "AKIAIOSFODNN7EXAMPLE"}',
                '{"a": "sk-xxxxxxxxxxxxxxxxxxxxxxxx"}',
                '{"a": "task-management-for-all-of-us"}',
                '{"a": "postgres://user:password@db.bank.cn, redis://:s3cr3tZ@localhost, https://bank.cn:8443/a@b"}',
            ),
        ),
        make=_secrets,
        version=2,
    ),
)
