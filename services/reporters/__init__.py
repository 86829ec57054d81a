"""The only place for who reported: sealed, revealed, found, erased."""
