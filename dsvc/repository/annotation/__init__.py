"""Records handed out to annotators, and what comes back from them."""
