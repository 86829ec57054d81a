"""The only place for changes of calendar and policies by decree, and for what they would move.

Doors: change, commands, comparing.
"""
