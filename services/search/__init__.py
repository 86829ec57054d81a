"""The only place for the words of search: the list of a city, its rows in the database, and the rows made with it.

Doors: word_list, rebuilding.
"""
