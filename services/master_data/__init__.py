"""The only place for agencies, areas, categories and officers as a city keeps them.

Doors: codes, people, cities, seed.
"""
