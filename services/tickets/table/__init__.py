"""The only place for the table of moves: its rows, what one of them says, the words of its button, and its page.

Doors: rows, rules, words.
"""
