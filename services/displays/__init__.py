"""The only place for screens: how they are let in, approved and ended."""
