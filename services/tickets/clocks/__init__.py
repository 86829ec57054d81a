"""The only place where the clocks of tickets are read from the database and written to it.

Doors: rows, ticket_clocks, measures.
"""
