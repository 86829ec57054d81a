"""The only place for what people type and paste, brought into one form: marks, numbers, addresses; pure.

Doors: signs, numbers, emails.
"""
