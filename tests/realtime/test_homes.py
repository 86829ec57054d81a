"""Servers that come back with less than they had: everybody begins again, and nothing is given or shown twice."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.realtime import losses
from tests.realtime.losses import Desk, lost_and_adopted, running_desk
from tests.scratch import SCRATCH

pytestmark = pytest.mark.slow(seconds=25)  # one of them; they share their servers


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    folder = Path(tempfile.mkdtemp(prefix="surga-test-", dir=SCRATCH))
    try:
        with running_desk(folder) as desk:
            yield desk
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def test_a_dump_that_is_restored_into_a_new_database(desk: Desk) -> None:
    assert await lost_and_adopted(desk, losses.restored_dump) == "RESTORED"


async def test_a_copied_data_folder_that_is_put_back(desk: Desk) -> None:
    assert await lost_and_adopted(desk, losses.snapshot_put_back) == "RESTORED"


async def test_a_standby_that_had_lagged_and_is_promoted(desk: Desk) -> None:
    assert await lost_and_adopted(desk, losses.lagging_standby) == "FAILED_OVER"


async def test_a_synchronous_standby_that_is_promoted_has_lost_nothing_and_resets_all_the_same(desk: Desk) -> None:
    assert await lost_and_adopted(desk, losses.synchronous_standby) == "FAILED_OVER"
