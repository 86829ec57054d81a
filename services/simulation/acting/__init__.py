"""The only place for what simulated people do: in the past as rows and events, in the present through use cases.

Doors: rows, use_cases.
"""
