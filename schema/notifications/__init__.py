"""Notifications, as the officer reads them to whom they belong."""
