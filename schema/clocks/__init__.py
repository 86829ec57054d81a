"""The only place for the mutations of a ticket's clocks: class, extensions, replies. Doors: mutations."""
