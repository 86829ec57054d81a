"""The only place for what officers are told of: it follows from the event log, and no use case writes it."""
