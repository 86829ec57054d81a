"""The only place for updating the rows of each kind of master data to the state of a city's folder.

Doors: agencies, areas, categories, dated_rules, deadlines, escalations, report, rows.
"""
