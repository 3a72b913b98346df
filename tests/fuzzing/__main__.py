"""Run the fuzzer: ``python -m tests.fuzzing [SECONDS] [CORPUS]``; what it finds lies in ``crash-…`` files.

``CORPUS`` is a folder of inputs that it goes on from and adds to. A finding is run again with its path instead of
SECONDS.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["dsvc.importers", "dsvc.formats", "dsvc.record"]):
    import dsvc.formats
    import dsvc.importers.arrow
    import dsvc.importers.csv
    import dsvc.importers.json_array
    import dsvc.importers.json_objects
    import dsvc.importers.jsonl
    import dsvc.importers.opening
    import dsvc.importers.parquet
    import dsvc.importers.tools.argilla
    import dsvc.importers.tools.doccano
    import dsvc.importers.tools.easy_dataset
    import dsvc.importers.tools.label_studio
    from tests.fuzzing.target import SUFFIXES, run


def seeds(folder: Path) -> None:
    """The examples of the shapes, each as a JSON array and as JSONL, to begin with."""
    for number, shape in enumerate(dsvc.formats.all_shapes()):
        texts = [json.dumps(example, ensure_ascii=False) for example in shape.examples]
        for suffix, text in ((".json", f"[{','.join(texts)}]"), (".jsonl", "\n".join(texts))):
            begin = bytes([SUFFIXES.index(suffix), number, number])
            (folder / f"{shape.name}{suffix}").write_bytes(begin + text.encode())
    table = "问题,答案\n账单？,是\n".encode("gb18030")
    (folder / "table.csv").write_bytes(bytes([SUFFIXES.index(".csv"), 0, 0]) + table)


def main() -> None:
    """Fuzz for a while, or run one finding again."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else "600"
    with tempfile.TemporaryDirectory(prefix="dsvc-fuzzing-") as work:
        if Path(wanted).is_file():
            run(Path(wanted).read_bytes(), Path(work))
            return
        corpus = Path(sys.argv[2] if len(sys.argv) > 2 else f"{work}/corpus")
        corpus.mkdir(parents=True, exist_ok=True)
        seeds(corpus)
        options = [f"-max_total_time={wanted}", "-max_len=4096", "-timeout=20", "-rss_limit_mb=2048"]
        atheris.Setup([sys.argv[0], *options, str(corpus)], lambda data: run(data, Path(work)))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
