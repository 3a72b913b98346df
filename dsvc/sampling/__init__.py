"""Which records are taken: a choice that any machine makes again from a rule, a seed and the content alone.

ranking.py        an order of records that looks random and depends on nothing but seed and identity
rule.py           what is asked for: how many, by which strategy, out of which records
strata.py         groups of records, and how many each of them gives
orders.py         in which order a strategy takes the records of a group
farthest.py       records that are as unlike each other as can be (MinHash)
surprise.py       how rare the words of a record are
choosing.py       the choice: records in, rows out
"""
