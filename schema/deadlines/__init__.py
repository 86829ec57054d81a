"""The only place for the types of deadlines: calendars, policies, clocks and the questions of the calculator."""
