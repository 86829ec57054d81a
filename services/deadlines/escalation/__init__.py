"""The only place for the rungs of escalation: dated rows, and when each is reached; nothing here decides who is told."""
