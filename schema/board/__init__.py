"""The only place for the wallboard as clients see it."""
