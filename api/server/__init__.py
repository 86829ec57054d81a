"""The only place for how a worker starts, serves and ends."""
