"""The only place for what people of a simulation do about deadlines: replies, closing by silence, extensions.

Doors: silences, extending.
"""
