"""The only place for what a list, a feed or a board asks for: fields, worklists, and the rights that each needs."""
