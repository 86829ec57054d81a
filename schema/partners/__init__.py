"""The only place for partners, and for the contracts of all who do not see the whole schema."""
