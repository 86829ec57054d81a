"""The only place for the types of accounts of staff."""
