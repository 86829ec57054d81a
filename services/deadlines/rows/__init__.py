"""The only place for the rows of calendars, dated rules and rungs: how they are written and read.

Doors: calendars, policies, escalation.
"""
