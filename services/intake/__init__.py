"""The only place where reports come in."""
