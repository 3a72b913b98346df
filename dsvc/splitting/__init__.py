"""Which part of a dataset a record belongs to: a side for training, one for validation, one for the test.

rule.py           what is asked: shares, seed, strata, groups
reading.py        what is read of records in one pass; kept while a rule is chosen
table.py          what of the records decides: rank, group, stratum, the side they are on
units.py          what must stay on one side: equal records, groups, near-duplicates
assigning.py      which unit goes where, so that shares hold in every stratum and what has a side keeps it
plan.py           the outcome, and what could not be kept, as values
"""
