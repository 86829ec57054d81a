"""The only place for the rows of calendars and dated rules: how they are written and read."""
