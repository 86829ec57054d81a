"""The only place for simulated tickets and staff of a city: for demo, tests and benches, never for production.

Doors: past, present, demo.
"""
