"""The only place for how anyone comes in."""
