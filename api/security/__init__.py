"""The only place for who calls, from where and how often."""
