"""Which records are taken: a choice that any machine makes again from a rule, a seed and the content alone.

ranking.py        an order of records that looks random and depends on nothing but seed and identity
rule.py           what is asked for: how many, by which strategy, out of which records
strata.py         groups of records, and how many each of them gives
orders.py         in which order a strategy takes the records of a group
farthest.py       records that are as unlike each other as can be (MinHash)
surprise.py       how rare the words of a record are
choosing.py       the choice: records in, rows out
identities.py     what each line is, in 16 bytes, kept by stored file
table.py          the records of a version as columns, and some of them as content to read
material.py       what strategies ask of them, worked out when it is asked for
"""
