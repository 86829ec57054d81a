"""The only place for escalations: when a rung is reached, by hand, and who is notified of them.

Doors: reaching, upwards, acknowledging, consents.
"""
