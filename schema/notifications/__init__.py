"""The only place for notifications, as the officer reads them to whom they belong."""
