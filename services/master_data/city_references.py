"""What one file of a city's folder says of another: no code stands twice, and every code that is named is there."""

from __future__ import annotations

from services.master_data.city import City
from services.master_data.city_deadlines import check_names
from services.master_data.city_entries import Problems


def check_references(city: City, problems: Problems) -> None:
    """Whatever is wrong is a line of problems, with its file and entry."""
    for file, codes in (
        ("agencies.yaml", [agency.code for agency in city.agencies]),
        ("areas.yaml", [area.code for area in city.areas]),
        ("categories.yaml", [category.code for category in city.categories]),
        ("channels.yaml", [channel.code.value for channel in city.channels]),
        ("oversight.yaml", [f"from {rule.valid_from}" for rule in city.oversight]),
        ("reasons.yaml", [f"{rule.list_name} from {rule.valid_from}" for rule in city.reasons]),
        ("reporters.yaml", [f"from {rule.valid_from}" for rule in city.reporters]),
    ):
        _check_codes(file, codes, problems)
    agencies = {agency.code for agency in city.agencies}
    if city.desk is not None and city.desk not in agencies:
        problems.add("city.yaml", "the city", f"desk {city.desk} is not in agencies.yaml")
    for rule in city.oversight:
        if rule.inspectorate not in agencies:
            where = f"entry from {rule.valid_from}"
            problems.add("oversight.yaml", where, f"inspectorate {rule.inspectorate} is not in agencies.yaml")
    check_names(city.deadlines, problems, agencies, {category.code for category in city.categories})
    _check_places(city, problems)


def _check_codes(file: str, codes: list[str], problems: Problems) -> None:
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        problems.add(file, f"entry {code}", "stands in the file more than once")
    first: dict[str, str] = {}
    for code in dict.fromkeys(codes):
        other = first.setdefault(code.casefold(), code)
        if other != code:
            problems.add(file, f"entry {code}", f"differs from {other} in case only")


def _check_places(city: City, problems: Problems) -> None:
    areas = {area.code for area in city.areas}
    seen: set[str] = set()
    for agency in city.agencies:
        if agency.parent is not None and agency.parent not in seen:
            problems.add("agencies.yaml", f"entry {agency.code}", f"parent {agency.parent} must stand above it")
        if agency.area is not None and agency.area not in areas:
            problems.add("agencies.yaml", f"entry {agency.code}", f"area {agency.area} is not in areas.yaml")
        seen.add(agency.code)
