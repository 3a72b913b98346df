"""Values to text: pure functions from deltas and versions to lines."""
