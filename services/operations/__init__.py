"""The only place for what only operators do."""
