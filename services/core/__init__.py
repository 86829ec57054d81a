"""The only place for what every use case is given, and for the refusals that it answers with.

Doors: desk, refusals, reference, transactions.
"""
