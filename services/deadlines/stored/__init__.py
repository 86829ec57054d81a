"""The only place for what is kept of a ticket's clocks: how it follows from the log, event by event. Pure.

Doors: kept, histories, keeping.
"""
