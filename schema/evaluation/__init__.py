"""The only place for the roots of the evaluation of unresolved cases."""
