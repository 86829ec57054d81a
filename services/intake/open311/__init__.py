"""The only place for imports of records from other systems, one by one. Doors: importer."""
