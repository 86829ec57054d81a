"""The only place for wall displays: how they are enrolled, approved and ended."""
