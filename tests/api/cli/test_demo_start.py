"""The demo that can not start says where to read why."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from api.cli import demo
from api.errors import CannotStart
from api.settings import Settings
from services.core.desk import Desk


async def fails_to_start(scope: Any, receive: Any, send: Any) -> None:
    """An app whose lifespan ends before it has begun."""
    assert scope["type"] == "lifespan"
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no desk"})


async def test_a_demo_whose_server_does_not_start_names_the_file_that_says_why(
    desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []

    @asynccontextmanager
    async def opened(_: Settings) -> AsyncIterator[Desk]:
        yield desk
        ended.append("desk")

    @asynccontextmanager
    async def beside(*_: object, **__: object) -> AsyncIterator[None]:
        try:
            yield
        finally:
            ended.append("beside")

    async def ready(*_: object) -> str:
        return "ready"

    for name in ("migrated", "prepared", "wallboard_code"):
        monkeypatch.setattr(demo, name, ready)
    for name in ("working", "playing"):
        monkeypatch.setattr(demo, name, beside)
    monkeypatch.setattr(demo, "open_desk", opened)
    monkeypatch.setattr(demo, "card", lambda *_: "{}")
    monkeypatch.setattr(demo, "create_app", lambda *_, **__: fails_to_start)

    with socket.create_server(("127.0.0.1", 0)) as line, pytest.raises(CannotStart) as refused:
        await demo.demo(settings, line, simulate=False)

    assert str(refused.value) == f"The demo did not start; {settings.data_dir / 'surga.log'} says why."
    assert ended == ["beside", "beside"]
