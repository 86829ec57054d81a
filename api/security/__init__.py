"""The only place for who calls, from where and how often. Doors: callers, origins, executions, audit_counts."""
