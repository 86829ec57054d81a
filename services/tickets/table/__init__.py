"""The only place for the table of moves: its rows, what one of them says, and the words of its button."""
