"""Records to look at: where they come from, in which order, and what is found in them. Nothing here draws."""
