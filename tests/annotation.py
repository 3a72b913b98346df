"""Label Studio and Doccano as far as a dataset sees them: what goes in, what people do, what is exported.

The exports have the keys and the order of the tools' own (label-studio-sdk 2.1.2 ``converter``, doccano 1.8
``data_export``); tests/exporters/test_label_studio_sdk.py compares with the real one where it is installed.
"""

from __future__ import annotations

import csv
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WHEN = "2025-03-09T21:52:49.513742Z"


@dataclass
class LabelStudio:
    """A project that took ``tasks.json``."""

    tasks: list[dict[str, Any]]
    annotations: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    @staticmethod
    def of(folder: str | Path) -> LabelStudio:
        return LabelStudio(json.loads((Path(folder) / "tasks.json").read_bytes()))

    def predicted(self, number: int) -> dict[str, list[str]]:
        """The answers that a task (from 1) shows before anybody answered."""
        found = self.tasks[number - 1].get("predictions", [{"result": []}])[0]["result"]
        return {item["from_name"]: next(iter(item["value"].values())) for item in found}

    def annotate(self, number: int, who: str, answers: dict[str, list[str]], *, kind: str = "choices") -> None:
        """A person submits answers by tag; nothing: an empty annotation."""
        inside = {"choices": "choices", "textarea": "text"}[kind]
        result = [
            {
                "id": "Dx",
                "from_name": tag,
                "to_name": "dsvc_shown",
                "type": kind,
                "origin": "manual",
                "value": {inside: texts},
            }
            for tag, texts in answers.items()
        ]
        self._submit(number, who, result, cancelled=False)

    def accept(self, number: int, who: str) -> None:
        """A person submits what was predicted."""
        predictions = self.tasks[number - 1].get("predictions", [{"result": []}])
        self._submit(number, who, predictions[0]["result"], cancelled=False)

    def skip(self, number: int, who: str) -> None:
        self._submit(number, who, [], cancelled=True)

    def _submit(self, number: int, who: str, result: list[dict[str, Any]], *, cancelled: bool) -> None:
        given = self.annotations.setdefault(number, [])
        given.append(
            {
                "id": 100 * number + len(given),
                "completed_by": {"id": sum(who.encode()), "email": who, "first_name": "", "last_name": ""},
                "result": result,
                "was_cancelled": cancelled,
                "ground_truth": False,
                "created_at": WHEN,
                "updated_at": WHEN,
                "lead_time": 4.288,
                "prediction": {},
                "result_count": len(result),
                "task": number,
            }
        )

    def json(self, path: str = "project-7.json") -> str:
        """Export > JSON."""
        tasks = [
            {
                "id": number,
                "annotations": self.annotations.get(number, []),
                "drafts": [],
                "predictions": [],
                "data": task["data"],
                "meta": {},
                "created_at": WHEN,
                "updated_at": WHEN,
                "project": 7,
            }
            for number, task in enumerate(self.tasks, 1)
        ]
        Path(path).write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
        return path

    def _rows(self) -> list[dict[str, Any]]:
        rows = []
        for number, task in enumerate(self.tasks, 1):
            given = self.annotations.get(number, [])
            for each in [one for one in given if not one["was_cancelled"]] if given else [None]:
                answers: dict[str, Any] = {}
                for item in each["result"] if each else []:
                    value = item["value"]
                    (texts,) = value.values()
                    answers[item["from_name"]] = texts[0] if len(texts) == 1 else value
                who = {"annotator": each and each["completed_by"]["email"], "annotation_id": each and each["id"]}
                rows.append({**task["data"], "id": number, **answers, **who, "lead_time": each and 4.288})
        return rows

    def json_min(self, path: str = "min.json") -> str:
        """Export > JSON-MIN."""
        Path(path).write_text(json.dumps(self._rows(), ensure_ascii=False, indent=2), encoding="utf-8")
        return path

    def csv(self, path: str = "project-7.csv") -> str:
        """Export > CSV."""
        rows = self._rows()
        with Path(path).open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, sorted({key for row in rows for key in row}), quoting=csv.QUOTE_NONNUMERIC)
            writer.writeheader()
            for row in rows:
                texts = {
                    k: json.dumps(v, ensure_ascii=False) if isinstance(v, (dict, list)) else v for k, v in row.items()
                }
                writer.writerow(texts)
        return path


@dataclass
class Doccano:
    """A project that took the JSONL file; ``labels`` by person and example (from 1). The importer owns the first."""

    examples: list[dict[str, Any]]
    labels: dict[str, dict[int, list[str]]] = field(default_factory=dict)

    @staticmethod
    def of(path: str | Path, importer: str = "admin") -> Doccano:
        examples = [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]
        labels = {number: example["label"] for number, example in enumerate(examples, 1) if example["label"]}
        return Doccano(examples, {importer: labels})

    def label(self, number: int, who: str, *texts: str) -> None:
        self.labels.setdefault(who, {})[number] = [*texts]

    def _lines(self, who: str) -> str:
        made = []
        for number, example in enumerate(self.examples, 1):
            meta = {key: value for key, value in example.items() if key not in ("text", "label")}
            label = sorted(self.labels.get(who, {}).get(number, []))
            made.append({"id": 40 + number, "text": example["text"], **meta, "label": label, "Comments": []})
        return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in made)

    def shared(self, path: str = "all.jsonl") -> str:
        """Export of a project that people share: everybody's labels are the importer's, corrected."""
        (who,) = self.labels
        Path(path).write_text(self._lines(who), encoding="utf-8")
        return path

    def zip(self, path: str = "export.zip") -> str:
        """Export of a project in which each person has labels of their own."""
        with zipfile.ZipFile(path, "w") as archive:
            for who in self.labels:
                archive.writestr(f"{who}.jsonl", self._lines(who))
        return path
