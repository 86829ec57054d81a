"""The only place for what a day of a city is made of: cases, places, voices and hours, as its folder says them.

Doors: rhythm, templates.
"""
