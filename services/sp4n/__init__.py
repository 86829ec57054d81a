"""The only place for links to SP4N-LAPOR!: typed, corrected, removed, and what that system said.

Doors: links, statuses, views.
"""
