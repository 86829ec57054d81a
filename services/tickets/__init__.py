"""The only place where a ticket changes."""
