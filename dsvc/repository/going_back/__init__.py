"""Back to another state: checkout, restore, rollback, undo; and what is kept alive meanwhile."""
