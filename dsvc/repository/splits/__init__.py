"""Splits: the records of a dataset as parts for training, validation and test."""
