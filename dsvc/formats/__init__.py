"""Shapes of fine-tuning records: which there are, which one a record has, and one made into another.

from dsvc.formats import Conversion, detect, shape

conversion = Conversion("openai")
for line in conversion.lines(file, "train.jsonl"):
    ...
print(conversion.told.entries)
"""

from dsvc.formats.conversion import Conversion, how, targets_of
from dsvc.formats.detection import Census, Detected, detect
from dsvc.formats.registry import NAMES, all_shapes, shape
from dsvc.formats.report import Entry, Told

__all__ = [
    "NAMES",
    "Census",
    "Conversion",
    "Detected",
    "Entry",
    "Told",
    "all_shapes",
    "detect",
    "how",
    "shape",
    "targets_of",
]
