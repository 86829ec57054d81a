"""The only place for what subscriptions give."""
