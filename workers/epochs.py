"""The log's job: where the database was restored, copied or failed over, a new epoch begins without being asked."""

from __future__ import annotations

from services.desk import Desk
from services.epochs import adopt


async def adopt_log(desk: Desk) -> int:
    """Adopt the log where it is not at home; gives 1 where that was done."""
    return int(await adopt(desk) is not None)
