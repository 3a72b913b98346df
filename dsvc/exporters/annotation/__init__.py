"""Hands records out to annotation tools, so that the work on them can be taken back.

ticket.py         what travels with each record: which one, of which version, and what is asked of it
labelled.py       the field that people fill: a choice among values, or a text
shown.py          what they see of a record
tasks.py          the records of a version as tasks
label_studio.py   tasks.json and config.xml
doccano.py        one JSONL file
"""
