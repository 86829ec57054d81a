"""The only place for what the people of a simulation do next with a ticket, in the past as in the present."""
