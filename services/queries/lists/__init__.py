"""The only place for lists of tickets: what a caller may list, in which order, and one page of it."""
