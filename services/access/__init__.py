"""The only place for who sees what: scopes, rights, filters, grants, and the one door to a ticket."""
