"""The only place for what every part of the schema is made with."""
