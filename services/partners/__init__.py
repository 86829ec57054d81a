"""The only place for agreements with partner systems, and for their keys."""
