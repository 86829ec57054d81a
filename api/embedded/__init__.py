"""The only place for servers of PostgreSQL and Valkey that live as long as this program."""
