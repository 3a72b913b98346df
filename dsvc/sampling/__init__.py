"""Which records are taken: a choice that any machine makes again from a rule, a seed and the content alone.

ranking.py        an order of records that looks random and depends on nothing but seed and identity
"""
