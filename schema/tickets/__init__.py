"""The only place for the types of a ticket, of its inputs and of its timeline."""
