"""A trial on a pilot, small enough for any machine: train, look at the validation part, write the figure back.

    dsvc pilot create v1.2 --name pilot-a --size 400 --stratify label
    pip install scikit-learn
    python examples/trial.py pilot-a                      # makes trial-model.joblib
    python examples/trial.py pilot-b --base trial-model.joblib   # goes on from there, as a fine-tune does

The model tells the label of a question from its characters: a stand-in for whatever is fine-tuned. What stays the same
with another one are the three steps of ``main``: export with a validation part, train on it, ``pilots.result``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier

import dsvc

EPOCHS = 8


def main() -> None:
    """Export the pilot, train on it, write down what it gave."""
    options = _options()
    repository = dsvc.open()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "trial"
        repository.pilots.export(options.pilot, "alpaca", out, validation=options.validation)
        model, accuracy = train(out, options.label, options.base)
    joblib.dump(model, options.model)
    result = repository.pilots.result(
        options.pilot,
        {"accuracy": round(accuracy, 4)},
        model=f"characters + SGD{f', from {options.base}' if options.base else ''}",
        note=f"{EPOCHS} epochs",
    )
    print(f"{options.pilot}: accuracy {result.metrics['accuracy']:.1%}, written down; model in '{options.model}'")


def train(folder: Path, label: str, base: str | None) -> tuple[Any, float]:
    """A model trained on the train part (going on from ``base``), and its accuracy on the validation part."""
    texts, labels = _read(folder / "train.jsonl", label)
    features = HashingVectorizer(analyzer="char", ngram_range=(1, 3), n_features=1 << 16)
    model = joblib.load(base) if base else SGDClassifier(loss="log_loss", random_state=0)
    shuffled = np.random.default_rng(0)
    rows, answers = features.transform(texts), np.array(labels)
    for _ in range(EPOCHS):
        order = shuffled.permutation(len(answers))
        model.partial_fit(rows[order], answers[order], classes=getattr(model, "classes_", np.unique(answers)))
    texts, labels = _read(folder / "validation.jsonl", label)
    return model, float((model.predict(features.transform(texts)) == np.array(labels)).mean())


def _read(path: Path, label: str) -> tuple[list[str], list[str]]:
    records = [json.loads(line) for line in path.read_bytes().splitlines()]
    return [f"{each['instruction']}\n{each['input']}" for each in records], [each[label] for each in records]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A small trial on a pilot.")
    parser.add_argument("pilot", help="the name of the pilot")
    parser.add_argument("--label", default="label", help="the field that the model shall tell")
    parser.add_argument("--validation", type=float, default=0.2, help="the share for validation")
    parser.add_argument("--base", help="a model to go on from")
    parser.add_argument("--model", default="trial-model.joblib", help="where the model goes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
