"""The only place for what is asked of a document before it is executed."""
