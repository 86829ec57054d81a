"""A believable day of a city's desk, made up by rule and by seed: for demo, tests and benches, never for production."""
