"""The import of records of other systems, one by one."""
