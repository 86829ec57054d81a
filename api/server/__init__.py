"""The only place for how a worker starts, serves and ends. Doors: opening, serving, start_checks."""
