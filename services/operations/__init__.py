"""The only place for what only operators do. Doors: first_admin, tokens."""
