"""The only place for bounds of time on what may be done with a ticket: how long it is held, and what lapses.

Doors: holds, lapses.
"""
