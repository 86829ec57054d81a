"""The only place for working days and dated rules; nothing here reads or writes."""
