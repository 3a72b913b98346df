"""Random rounds: the answers land where a key would have brought them, though dsvc is given none."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from dsvc.errors import NotFoundError
from dsvc.repository.results import CommitRequest
from tests.annotation import Doccano, LabelStudio
from tests.repository.lab import Lab, lines

if TYPE_CHECKING:
    from pathlib import Path

LABELS = ["还款", "费用", "额度", "年费"]
WORDS = ["信用卡", "逾期", "还款", "利率", "账单", "分期", "额度", "年费", "account", "fee", "limit", "grace", "bank"]


def record(random: Random, number: int) -> dict[str, Any]:
    text = f"第 {number} 个问题：" + " ".join(random.choices(WORDS, k=12))
    return {"n": number, "text": text, "label": random.choice(LABELS)}


def edited(random: Random, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a day's work makes of records: some relabelled, corrected, gone, new, moved; perhaps all are rewritten."""
    made = []
    for each in records:
        kind = random.random()
        if kind < 0.1:
            continue
        if kind < 0.25:
            each = {**each, "label": random.choice(LABELS)}
        if kind < 0.35:
            each = {**each, "text": each["text"] + "？"}
        made.append(each)
    made += [record(random, 1000 + random.randrange(9000)) for _ in range(random.randrange(4))]
    if random.random() < 0.5:
        random.shuffle(made)
    return [dict(reversed(each.items())) for each in made] if random.random() < 0.3 else made


@pytest.mark.parametrize("seed", range(12))
def test_answers_land_where_a_key_would_bring_them(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(seed)
    (tmp_path / "repo").mkdir()
    lab = Lab.over("memory", tmp_path / "repo")
    monkeypatch.chdir(lab.root)
    handed = [record(random, number) for number in range(40)]
    lab.save(lines(*handed))
    is_doccano = random.random() < 0.5
    tool, place = ("doccano", "tasks.jsonl") if is_doccano else ("label-studio", "round")
    lab.repo.export("medical@v1.0", tool, place, labels=("label",), blank=True)
    now = handed
    for _ in range(random.randrange(3)):
        now = edited(random, now)
        lab.save(lines(*now))
    answers = {number: random.choice(LABELS) for number in range(40) if random.random() < 0.6}
    file = answered_in_doccano(answers) if is_doccano else answered_in_label_studio(answers, random)

    before = {each["n"]: each["label"] for each in handed}
    wanted = []
    for each in now:
        mine, base = answers.get(each["n"]), before.get(each["n"])
        wanted.append({**each, "label": mine} if mine is not None and each["label"] == base else each)
    request = CommitRequest(target="medical", reason="")
    if wanted == now:
        with pytest.raises(NotFoundError):
            lab.repo.import_update(file, request, conflicts="ours")
    else:
        lab.repo.import_update(file, request, conflicts="ours")
    got = [json.loads(line) for line in lab.read().splitlines()]
    assert [*got[0]] == [*now[0]]
    assert all(is_now in (taken, left) for is_now, taken, left in zip(got, wanted, now, strict=True))
    assert sum(is_now != taken for is_now, taken in zip(got, wanted, strict=True)) <= 2  # not found, never misplaced


def answered_in_doccano(answers: dict[int, str]) -> str:
    project = Doccano.of("tasks.jsonl")
    for number, label in answers.items():
        project.label(number + 1, "admin", label)
    return project.shared()


def answered_in_label_studio(answers: dict[int, str], random: Random) -> str:
    project = LabelStudio.of("round")
    for number, label in answers.items():
        project.annotate(number + 1, "li", {"label": [label]})
    return random.choice([project.json, project.json_min, project.csv])()
