"""A trial on a pilot: fine-tune a language model on it, measure the validation part, write the figures back.

    pip install torch --index-url https://download.pytorch.org/whl/cpu      (or the build for a GPU)
    pip install -r examples/requirements.txt
    dsvc pilot create v1.2 --name pilot-a --size 400 --stratify label
    python examples/trial.py pilot-a                         # what was trained lies in the folder trial-model
    python examples/trial.py pilot-b --base trial-model --epochs 2 --rate 1e-3      # goes on from there

Without ``--base`` a tiny model of random weights, made in the folder ``trial-base`` unless it is there, stands in for a
pretrained one: it needs no network, learns something in half a minute, and answers nonsense. The same with a real one,
of the Hub or a folder:

    python examples/trial.py pilot-a --base Qwen/Qwen2.5-0.5B-Instruct --epochs 2 --rate 2e-5
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from datasets import Dataset
from tokenizers import ByteLevelBPETokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, PreTrainedTokenizerFast, set_seed
from trl import SFTConfig, SFTTrainer

import dsvc

if TYPE_CHECKING:
    from collections.abc import Iterable

TINY = "trial-base"
END, PADDING = "<end>", "<padding>"
TEMPLATE = (
    "{% for each in messages %}{{ each.role }}:\n{{ each.content }}"
    "{{ eos_token if each.role == 'assistant' else '\n' }}{% endfor %}"
    "{{ 'assistant:\n' if add_generation_prompt else '' }}"
)
"""A conversation as one text, for tokenizers that know no way of their own."""


def main() -> None:
    """Export the pilot, train on it, write down what it gave."""
    options = _options()
    set_seed(options.seed)
    repository = dsvc.open()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "trial"
        repository.pilots.export(options.pilot, "prompt-completion", out, validation=options.validation)
        train, validation = (_read(out / f"{part}.jsonl") for part in ("train", "validation"))
    if options.base == TINY and not Path(TINY, "config.json").exists():
        make_tiny(TINY, (message["content"] for pair in train for side in pair.values() for message in side))
    metrics = fine_tune(train, validation, options)
    result = repository.pilots.result(
        options.pilot,
        {name: round(figure, 4) for name, figure in metrics.items()},
        model=options.base,
        validation=options.validation,
        note=f"{options.epochs:g} epochs, learning rate {options.rate:g}, seed {options.seed}; now '{options.model}'",
    )
    figures = " · ".join(f"{name} {figure:.3f}" for name, figure in result.metrics.items())
    print(f"\n{options.pilot}: {figures}\nwritten down; the model is in '{options.model}'")


def fine_tune(train: Dataset, validation: Dataset, options: argparse.Namespace) -> dict[str, float]:
    """Train the base and save it; what it makes of the validation part before and after.

    Of prompt and completion TRL counts the completion only: the loss (nats a token) is that of the answers.
    """
    tokenizer = AutoTokenizer.from_pretrained(options.base)
    tokenizer.chat_template = tokenizer.chat_template or TEMPLATE
    model = AutoModelForCausalLM.from_pretrained(options.base, dtype=torch.float32)
    trainer = SFTTrainer(
        model,
        args=_settings(options),
        train_dataset=train,
        eval_dataset=validation,
        processing_class=tokenizer,
    )
    before = trainer.evaluate()
    trainer.train()
    after = trainer.evaluate()
    trainer.save_model()
    show(model, tokenizer, validation.select(range(min(options.show, len(validation)))))
    return {
        "loss before": before["eval_loss"],
        "loss": after["eval_loss"],
        "perplexity": math.exp(after["eval_loss"]),
        "token accuracy": after["eval_mean_token_accuracy"],
    }


def _settings(options: argparse.Namespace) -> SFTConfig:
    graphics = torch.cuda.is_available()
    return SFTConfig(
        output_dir=options.model,
        num_train_epochs=options.epochs,
        learning_rate=options.rate,
        per_device_train_batch_size=options.batch,
        per_device_eval_batch_size=1,  # so that each record counts the same, however long it is
        seed=options.seed,
        use_cpu=not graphics,
        bf16=graphics,
        gradient_checkpointing=graphics,
        logging_strategy="epoch",
        save_strategy="no",
        report_to="none",
        disable_tqdm=not sys.stderr.isatty(),
    )


def show(model: Any, tokenizer: Any, records: Dataset) -> None:
    """Print some questions with the answer of the data, and the one that the model gives."""
    for record in records:
        text = tokenizer.apply_chat_template(record["prompt"], add_generation_prompt=True, tokenize=False)
        asked = tokenizer(text, return_tensors="pt", add_special_tokens=False).to(model.device)
        given = model.generate(**asked, max_new_tokens=80, do_sample=False)[0, asked["input_ids"].shape[1] :]
        print(f"\nquestion  {record['prompt'][-1]['content']!r}\nin data   {record['completion'][0]['content']!r}")
        print(f"model     {tokenizer.decode(given, skip_special_tokens=True)!r}")


def make_tiny(folder: str, texts: Iterable[str]) -> None:
    """A model of random weights, and a tokenizer learnt from the texts. It stands on bytes: any script will do."""
    learnt = ByteLevelBPETokenizer()
    learnt.train_from_iterator(texts, vocab_size=1_000, special_tokens=[END, PADDING], show_progress=False)
    file = Path(folder) / "tokenizer.json"
    file.parent.mkdir(exist_ok=True)
    learnt.save(str(file))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(file), eos_token=END, pad_token=PADDING, chat_template=TEMPLATE
    )
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=2,
        num_attention_heads=4,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)


def _read(path: Path) -> Dataset:
    """Question and answer of each record, and nothing else: a field ``label`` means another kind of training to TRL."""
    records = [json.loads(line) for line in path.read_bytes().splitlines()]
    return Dataset.from_list([{"prompt": each["prompt"], "completion": each["completion"]} for each in records])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A trial on a pilot.")
    parser.add_argument("pilot", help="the name of the pilot")
    parser.add_argument("--base", default=TINY, help="what is trained: a causal model of the Hub, or a folder")
    parser.add_argument("--model", default="trial-model", help="the folder where the trained model goes")
    parser.add_argument("--validation", type=float, default=0.2, help="the share for validation")
    parser.add_argument("--epochs", type=float, default=6, help="how often each record is seen")
    parser.add_argument("--rate", type=float, default=3e-3, help="the learning rate")
    parser.add_argument("--batch", type=int, default=4, help="how many records a step sees")
    parser.add_argument("--seed", type=int, default=0, help="for weights and order")
    parser.add_argument("--show", type=int, default=2, help="how many answers of the model to show")
    return parser.parse_args()


if __name__ == "__main__":
    main()
