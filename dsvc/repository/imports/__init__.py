"""Datasets from elsewhere: imported, adopted with their history, or identified."""
