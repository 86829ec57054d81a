"""A demo that began one quiet day ago: `python -m bench.young_demo demo`, else as `surga`."""

from __future__ import annotations

from api.cli import main
from services.simulation import demo

if __name__ == "__main__":
    demo.DAYS = 1  # a dozen reports
    main()
