"""The only place for endpoints that answer one request."""
