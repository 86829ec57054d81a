"""Screens that the operator enrols without an approver: by a token, or by a code in the page's address.

Source: docs/adr/0012.
"""

from __future__ import annotations

from itertools import count

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Client, DeviceRequest, Display
from models.enums import PrincipalKind
from services.core.desk import Desk
from services.core.transactions import transaction
from services.credentials.identify import WHOLE_CITY
from services.displays.device_grant import approved_at_once

UNUSED = """
SELECT d.client_id FROM display d JOIN client k ON k.id = d.client_id
WHERE d.revoked_at IS NULL AND k.name ~ ('^' || $1 || ' [0-9]+$')
AND NOT EXISTS (SELECT 1 FROM credential c WHERE c.client_id = k.id) ORDER BY d.client_id LIMIT 1
"""


async def own_screen(desk: Desk, name: str, using: BaseDBAsyncClient | None = None) -> Client:
    """The screen of this name, made where it is new, that shows the whole city."""
    client, _ = await Client.get_or_create(kind=PrincipalKind.DISPLAY, name=name, using_db=using)
    values = {"board": WHOLE_CITY, "address": "", "created_at": desk.now()}
    await Display.get_or_create(client_id=client.id, defaults=values, using_db=using)
    return client


async def handed_code(desk: Desk, name: str) -> str:
    """A code that enrols one more screen, once and within ten minutes; earlier ones that nobody used end.

    name: a plain word or two; every screen that is enrolled this way gets a number behind it.
    """
    async with transaction() as using:
        _, rows = await using.execute_query(UNUSED, [name])
        client_id = rows[0]["client_id"] if rows else (await _one_more(desk, name, using)).id
        await DeviceRequest.filter(client_id=client_id).using_db(using).delete()
    return await approved_at_once(desk, client_id)


async def _one_more(desk: Desk, name: str, using: BaseDBAsyncClient) -> Client:
    taken = Client.filter(kind=PrincipalKind.DISPLAY, name__startswith=name).using_db(using)
    names = {client.name for client in await taken}
    return await own_screen(desk, next(each for n in count(2) if (each := f"{name} {n}") not in names), using)
