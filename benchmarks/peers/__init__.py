"""The tools that are measured: keepers hold versions of a file, differs compare two files."""
