"""Consumers, one file each: what a trainer would do to each row. Each has ``PROFILE`` and its ``RULES``.

treatment.py   what a consumer may do to a row, as facts; rules made of them
reading.py     values of records as trainers meet them: messages, calls, JSON inside of texts
shapes.py      files that a consumer does not read at all
column_types.py, lengths.py   rules that several consumers have
"""
