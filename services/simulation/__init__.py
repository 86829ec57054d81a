"""Simulated tickets and staff of a city, from rules and a seed: for demo, tests and benches, never for production."""

from services.simulation.past import backfill, bulk
from services.simulation.present import Act, play

__all__ = ["Act", "backfill", "bulk", "play"]
