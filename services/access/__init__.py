"""The only place for who sees what: scopes, rights, filters, grants, and the only way to a ticket."""
