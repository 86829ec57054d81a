"""The only place for what an event of the log shows to a caller."""
