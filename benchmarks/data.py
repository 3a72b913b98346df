"""Made-up bilingual instruction records, and the edits that people make to such files.

Everything follows from a seed alone, so that two machines measure the same bytes. Files are written and edited in a
process of their own (``python -m benchmarks.data``): the memory of the measuring process is the floor of every peak
that the kernel reports for its children.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SEED: Final = 20_240_601

ZH_PRODUCTS: Final = (
    "信用卡",
    "住房贷款",
    "汽车贷款",
    "定期存款",
    "理财产品",
    "医疗保险",
    "养老金账户",
    "跨境汇款",
    "消费贷",
    "公积金",
)
ZH_ACTIONS: Final = ("申请", "取消", "变更", "提前还清", "延期", "查询", "冻结", "续签", "转移", "核对")
ZH_PLACES: Final = ("手机银行", "柜台", "官方网站", "客服热线", "分行网点", "合作医院", "社保中心", "自助终端")
ZH_SENTENCES: Final = (
    "关于{product}的{action}，您可以在{place}办理，通常需要{number}个工作日。",
    "如果逾期超过{number}天，系统会按照合同约定收取滞纳金，并影响您的信用记录。",
    "请准备好身份证、合同编号和最近{number}个月的流水，然后在{place}提交{action}申请。",
    "根据{year}年的规定，{product}的年利率为{rate}%，具体以合同为准。",
    "需要注意的是，{action}之后原有的优惠不再保留，因此建议您先在{place}确认。",
    "若您对结果有疑问，可以在{number}日内提出复核，我们会安排专人与您联系。",
    "首先确认账户状态正常，其次核对{product}的余额，最后在{place}完成{action}。",
    "这种情况比较常见：大约每{number}位客户中就有一位会遇到，一般不影响{product}的使用。",
    "为了保护您的资金安全，请不要向任何人透露验证码，{place}的工作人员也不会索要。",
    "手续费为{rate}元，从{year}年起对老客户减免，{action}时会自动计算。",
)
EN_PRODUCTS: Final = (
    "credit card",
    "mortgage",
    "car loan",
    "savings account",
    "pension plan",
    "health insurance",
    "wire transfer",
    "student loan",
    "brokerage account",
    "travel policy",
)
EN_ACTIONS: Final = (
    "apply for",
    "cancel",
    "change",
    "repay",
    "postpone",
    "check",
    "freeze",
    "renew",
    "transfer",
    "verify",
)
EN_PLACES: Final = (
    "the mobile app",
    "a branch",
    "the website",
    "the hotline",
    "a partner clinic",
    "the self-service desk",
)
EN_SENTENCES: Final = (
    "You can {action} your {product} through {place}; it usually takes {number} working days.",
    "If the payment is more than {number} days late, a fee is charged and your credit record may be affected.",
    "Please have your ID, the contract number and statements of the last {number} months ready before you {action} it.",
    "Under the {year} rules the annual rate of the {product} is {rate} percent, subject to the signed contract.",
    "Keep in mind that once you {action} it, earlier discounts are lost, so ask at {place} first.",
    "Should you disagree with the outcome, you may ask for a review within {number} days and somebody will call you.",
    "First make sure that the account is active, then compare the balance of the {product}, and finish at {place}.",
    "This is common: about one customer in {number} sees it, and the {product} keeps working in the meantime.",
    "For your own safety never share a verification code; staff at {place} will not ask for it.",
    "The charge is {rate} and has been waived for long-standing customers since {year}.",
)
ZH_TASKS: Final = (
    "请回答客户关于{product}的问题，语气礼貌，不超过{number}句。",
    "把下面的客服对话整理成要点，重点说明如何{action}{product}。",
    "判断下面的说法是否正确，并说明理由：{product}可以在{place}{action}。",
    "客户想要{action}{product}，请给出第{number}版分步骤的说明。",
)
EN_TASKS: Final = (
    "Answer the customer's question about the {product} politely, in at most {number} sentences.",
    "Summarise the conversation below and explain how to {action} the {product}.",
    "Decide whether this statement is right and say why: one can {action} a {product} through {place}.",
    "The customer wants to {action} a {product}; write step-by-step instructions, version {number}.",
)
SOURCES: Final = ("bank-manual-2025", "hotline-2024", "annotators-a", "annotators-b", "web-faq")
EDIT_WORDS: Final = (
    "（已核对）",
    "（更新）",
    " Please note the date.",
    " 请以最新公告为准。",
    " See also section 4.",
    " 谢谢。",
)


@dataclass(frozen=True)
class Language:
    """The phrases that one language's records are made of."""

    code: str
    tasks: tuple[str, ...]
    sentences: tuple[str, ...]
    products: tuple[str, ...]
    actions: tuple[str, ...]
    places: tuple[str, ...]
    join: str


LANGUAGES: Final = (
    Language("zh", ZH_TASKS, ZH_SENTENCES, ZH_PRODUCTS, ZH_ACTIONS, ZH_PLACES, ""),
    Language("en", EN_TASKS, EN_SENTENCES, EN_PRODUCTS, EN_ACTIONS, EN_PLACES, " "),
)


@dataclass(frozen=True)
class EditCount:
    """What an edit did: records that a diff must find, and the bytes of the lines that are new."""

    changed: int
    edited_bytes: int
    records: int


def sentence(rng: random.Random, language: Language, templates: tuple[str, ...]) -> str:
    """One template with its blanks filled in."""
    draw = rng.random
    return templates[int(draw() * len(templates))].format(
        product=language.products[int(draw() * len(language.products))],
        action=language.actions[int(draw() * len(language.actions))],
        place=language.places[int(draw() * len(language.places))],
        number=2 + int(draw() * 88),
        year=2015 + int(draw() * 11),
        rate=round(0.5 + draw() * 9, 2),
    )


def record(rng: random.Random, number: int) -> dict[str, str]:
    """One instruction record of about 800 bytes, Chinese or English, with an id that tools may join on."""
    language = LANGUAGES[rng.random() < 0.5]
    text = language.join.join(sentence(rng, language, language.sentences) for _ in range(3 + int(rng.random() * 6)))
    return {
        "id": f"fin-{number:08d}",
        "instruction": sentence(rng, language, language.tasks),
        "input": sentence(rng, language, language.sentences) if rng.random() < 0.6 else "",
        "output": text,
        "source": SOURCES[int(rng.random() * len(SOURCES))],
    }


def lines(count: int, seed: int = SEED, first: int = 0) -> Iterator[bytes]:
    """*count* JSONL lines, numbered from *first*."""
    rng = random.Random(f"{seed}:{first}")
    for number in range(first, first + count):
        yield encode(record(rng, number))


def encode(value: object) -> bytes:
    """A record as a line, the way that most scripts write it."""
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def write_base(path: Path, count: int, seed: int = SEED) -> EditCount:
    """Write a file of *count* records."""
    with path.open("wb", buffering=1 << 20) as stream:
        size = sum(stream.write(line) for line in lines(count, seed))
    return EditCount(changed=count, edited_bytes=size, records=count)


def edited_line(line: bytes, rng: random.Random) -> bytes:
    """The same record with some words put in somewhere in its answer."""
    value = json.loads(line)
    text = value["output"]
    at = rng.randrange(len(text) + 1)
    value["output"] = f"{text[:at]}{rng.choice(EDIT_WORDS)}{rng.randrange(1000)}{text[at:]}"
    return encode(value)


def edit_scattered(old: list[bytes], rng: random.Random, count: int) -> tuple[list[bytes], EditCount]:
    """Change *count* records all over the file."""
    new, size = list(old), 0
    for index in rng.sample(range(len(old)), count):
        new[index] = edited_line(old[index], rng)
        size += len(new[index])
    return new, EditCount(changed=count, edited_bytes=size, records=len(new))


def edit_ten(old: list[bytes], rng: random.Random) -> tuple[list[bytes], EditCount]:
    """Ten scattered edits."""
    return edit_scattered(old, rng, min(10, len(old)))


def edit_one_percent(old: list[bytes], rng: random.Random) -> tuple[list[bytes], EditCount]:
    """One record in a hundred edited."""
    return edit_scattered(old, rng, percent(old))


def edit_every(old: list[bytes], rng: random.Random) -> tuple[list[bytes], EditCount]:
    """Every record edited."""
    return edit_scattered(old, rng, len(old))


def edit_delete(old: list[bytes], rng: random.Random) -> tuple[list[bytes], EditCount]:
    """One record in a hundred deleted."""
    gone = set(rng.sample(range(len(old)), percent(old)))
    new = [line for index, line in enumerate(old) if index not in gone]
    return new, EditCount(changed=len(gone), edited_bytes=0, records=len(new))


def edit_shuffle(old: list[bytes], rng: random.Random) -> tuple[list[bytes], EditCount]:
    """The same records in another order."""
    new = list(old)
    rng.shuffle(new)
    return new, EditCount(changed=0, edited_bytes=0, records=len(new))


def edit_append(old: list[bytes], rng: random.Random) -> tuple[list[bytes], EditCount]:
    """One more record in a hundred, at the end."""
    more = list(lines(percent(old), rng.randrange(1 << 30), first=10_000_000 + rng.randrange(80_000_000)))
    return old + more, EditCount(changed=len(more), edited_bytes=sum(map(len, more)), records=len(old) + len(more))


def percent(old: list[bytes]) -> int:
    """A hundredth of the records, at least one."""
    return max(1, len(old) // 100)


EDITS: Final[dict[str, Callable[[list[bytes], random.Random], tuple[list[bytes], EditCount]]]] = {
    "ten": edit_ten,
    "one-percent": edit_one_percent,
    "every": edit_every,
    "delete": edit_delete,
    "shuffle": edit_shuffle,
    "append": edit_append,
}


def apply_edit(kind: str, old: list[bytes], seed: int) -> tuple[list[bytes], EditCount]:
    """The lines after an edit of *kind* (a key of ``EDITS``); the same seed gives the same edit."""
    return EDITS[kind](old, random.Random(f"{SEED}:{kind}:{seed}"))


def edit_file(kind: str, source: Path, target: Path, seed: int) -> EditCount:
    """Edit *source* into *target*."""
    with source.open("rb", buffering=1 << 20) as stream:
        old = list(stream)
    new, count = apply_edit(kind, old, seed)
    write_lines(target, new)
    return count


def write_lines(path: Path, content: Iterable[bytes]) -> None:
    """Replace a file as a careful script would: written beside it, then renamed."""
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb", buffering=1 << 20) as stream:
        stream.writelines(content)
    temporary.replace(path)


def main(arguments: list[str]) -> None:
    """``base COUNT TARGET`` or ``KIND SEED SOURCE TARGET``; prints the count as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data")
    parser.add_argument("kind", choices=["base", *EDITS])
    parser.add_argument("number", type=int, help="records for 'base', else the edit's seed")
    parser.add_argument("paths", nargs="+", type=Path)
    options = parser.parse_args(arguments)
    if options.kind == "base":
        count = write_base(options.paths[0], options.number)
    else:
        count = edit_file(options.kind, options.paths[0], options.paths[1], options.number)
    sys.stdout.write(json.dumps(asdict(count)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
