"""The only place for pages that this server gives out."""
