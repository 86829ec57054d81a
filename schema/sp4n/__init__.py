"""The only place for the mutations of links to SP4N-LAPOR!."""
