"""The only place for how callers are identified: tokens, passwords, sessions, invitations."""
