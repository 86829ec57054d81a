"""A believable day of a city's desk, made up by rule and by seed: for demo, tests and benches, never for production."""

from services.simulation.past import backfill, bulk
from services.simulation.present import Act, play

__all__ = ["Act", "backfill", "bulk", "play"]
