"""The only place for the rungs of escalation: dated rows, and when each is reached; who is told is not decided here.

Doors: rules, moments.
"""
