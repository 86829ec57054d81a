"""The only place for what a row of the table of moves says; the table itself is services/tickets/workflow.py."""
