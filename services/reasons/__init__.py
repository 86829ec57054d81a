"""The only place for the reasons of moves, and for what a city promises to those who report."""
