"""The only place for what is wrong with rows of calendars, policies and rungs beside each other.

Doors: problems, reach.
"""
