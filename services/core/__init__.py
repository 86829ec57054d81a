"""The only place for what every use case is handed, and for what it answers with."""
