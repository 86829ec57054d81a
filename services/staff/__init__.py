"""The only place for accounts of staff and their dated assignments."""
