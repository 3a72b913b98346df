"""Records that are looked at by hand: which ones, what was said of each, and what that tells of the whole.

queue.py          the records to be looked at, in order; ``dsvc.review/1``
sharing.py        who of several reviewers looks at which of them
verdicts.py       what one reviewer said, one line a verdict, flushed before anything else; ``dsvc.verdicts/1``
accuracy.py       the share that is right, with its interval
"""
