"""The only place for what events of a ticket say: its free texts, and the names of what changed."""
