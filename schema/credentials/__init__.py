"""The only place for signing in and for who is looking. Doors: sign_in, viewer."""
