"""Accounts of releases that kept what was pasted."""

from structlog.testing import capture_logs

from models import Event, Officer
from services.staff.older_addresses import normalise_addresses
from tests.factories import make_agency, make_officer


async def given(*emails: str) -> list[int]:
    agency = await make_agency()
    made = [await make_officer(agency) for _ in emails]
    for officer, email in zip(made, emails, strict=True):
        await Officer.filter(id=officer.id).update(email=email)
    return [officer.id for officer in made]


async def test_an_account_gets_the_address_that_its_person_types(desk):
    first, _ = await given("Sari@contoh.go.id\u200b", "budi@contoh.go.id")
    before = await Event.all().count()

    assert await normalise_addresses(desk) == 1
    assert await normalise_addresses(desk) == 0

    assert await Officer.all().order_by("id").values_list("email", flat=True) == [
        "sari@contoh.go.id",
        "budi@contoh.go.id",
    ]
    changed = await Event.all().order_by("-seq").first()
    assert changed is not None
    assert (await Event.all().count(), changed.subject_id, changed.changed) == (before + 1, first, ["email"])


async def test_two_accounts_of_one_look_stay_and_are_named(desk):
    emails = ["sari@contoh.go.id\u200b", "sari@contoh.go.id", "\u2060ayu@contoh.go.id", "ayu@contoh.go.id\u200e"]
    sari, other_sari, ayu, other_ayu = await given(*emails)

    with capture_logs() as said:
        assert await normalise_addresses(desk) == 1

    kept = await Officer.all().order_by("id").values_list("email", flat=True)
    assert kept == [emails[0], emails[1], "ayu@contoh.go.id", emails[3]]
    told = {(entry["account"], entry["other"]) for entry in said if entry["event"] == "two accounts of one address"}
    assert told == {(sari, other_sari), (other_ayu, ayu)}
