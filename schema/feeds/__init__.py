"""The only place for what subscriptions give. Doors: live, changes, notifications."""
