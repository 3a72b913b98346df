"""Editing the records of a working file one by one: undone, redone, kept in a journal, written only when asked.

``dsvc.Repository.edit`` begins a session (``session.py``). Nothing is imported here: the terminal UI needs parts only.
"""
