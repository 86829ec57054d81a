"""Simulated tickets and staff of a city, from rules and a seed: for demo, tests and benches, never for production."""

from services.simulation.past import backfill, bulk
from services.simulation.present import RATES, Act, play

__all__ = ["RATES", "Act", "backfill", "bulk", "play"]
