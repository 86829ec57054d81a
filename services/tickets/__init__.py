"""The only place where a ticket changes. Doors: case, workflow, moves."""
