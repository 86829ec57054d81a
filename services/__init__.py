"""Use cases and rules: the only place with transactions."""
