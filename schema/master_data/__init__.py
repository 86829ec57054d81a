"""The only place for the types of agencies, areas, categories and officers.

Doors: agencies, officers, categories, areas.
"""
