"""The only place for the evaluation of unresolved cases: evaluated, closed, followed up, listed.

Doors: evaluating, views.
"""
