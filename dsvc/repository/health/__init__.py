"""``fsck``: is the data of every version whole, which records are not, and what can be made again."""
