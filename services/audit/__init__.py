"""The only place for what must be proven: entries, counts, the chain and its verification."""
