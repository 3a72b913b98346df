"""Measures dsvc beside real peers, on one machine in one run: ``python -m benchmarks --help``."""
