"""Measurements: each prints ratios taken in one run against a named baseline, as machines are noisy."""
