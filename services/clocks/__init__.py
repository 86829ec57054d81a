"""The only place for what people do to a ticket's clocks, and what happens by itself when one passes.

Doors: passing, extensions, replies.
"""
