"""Reviews: records that are looked at by hand, the verdicts on them, and what becomes of these."""
