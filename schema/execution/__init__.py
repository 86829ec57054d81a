"""The only place for how operations are executed: the executor and compiled plans. Doors: plans, operations."""
