"""The only place for what is told of a change: free texts, names of what changed, and the version that was read.

Doors: texts, changes, versions.
"""
