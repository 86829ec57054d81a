"""The only place for signing in and for who is looking."""
