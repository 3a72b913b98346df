"""Programs that show records on a terminal: dsvc, visidata, toolong; see ``python -m benchmarks.viewers --help``."""
