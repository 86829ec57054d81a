"""The only place for how cases of unresolved reports begin and end: with the stays of their tickets.

Doors: stays, filling.
"""
