"""Rules, one file a topic; each has ``RULES``, and ``registry.py`` names it."""
