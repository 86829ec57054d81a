"""Agencies, areas, and what a database was made for."""

from enum import StrEnum


class AgencyKind(StrEnum):
    OPD = "OPD"
    KELURAHAN = "KELURAHAN"
    BUMD = "BUMD"
    VERTICAL = "VERTICAL"
    EXTERNAL = "EXTERNAL"


class AreaLevel(StrEnum):
    KECAMATAN = "KECAMATAN"
    KELURAHAN = "KELURAHAN"


class Purpose(StrEnum):
    """What a database was made for; demo data never enters a production database."""

    PRODUCTION = "production"
    DEMO = "demo"
    TEST = "test"
