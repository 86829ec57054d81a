"""The only place for the numbers of a wallboard."""
