"""Every setting of a process, read once from its environment into one frozen value."""

from __future__ import annotations

import os
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from redis.asyncio.connection import parse_url

from api.addresses import is_network, is_own_address
from api.rates import Rates, require_rates
from api.secret_files import from_files
from models.database_url import UrlUnreadable, read_url
from models.enums import Classification
from services.core.desk import STANDARD

HOUR = timedelta(hours=1)


class Environment(StrEnum):
    DEVELOPMENT = "development"
    DEMO = "demo"
    PRODUCTION = "production"
    TEST = "test"


Names = Annotated[tuple[str, ...], NoDecode]
Rate = Annotated[str, AfterValidator(require_rates)]
RateWindows = Annotated[Names, AfterValidator(require_rates)]
Days = Annotated[int, Field(ge=1, le=36_500)]
MOST_HOURS = 100_000
Hours = Annotated[float, Field(gt=0, le=MOST_HOURS, allow_inf_nan=False)]
Retention = Annotated[dict[Classification | Literal["UNCLASSIFIED"], Days], NoDecode]
SHORTEST_SECRET = 32
BODY_BYTES = 100_000
REQUEST_SECONDS = 20.0  # our choice: an operation that lasts for longer is TIMEOUT, over HTTP and in sockets
OPEN_SOCKETS, OFFICE_SOCKETS, ADDRESS_SOCKETS = 10_000, 20, 500  # an office sits behind one address


class SettingsWrong(Exception):
    """A setting can not be used; the message names each one with the reason."""


class Settings(BaseSettings):
    """The settings of this process: SURGA_<NAME> for each field, and HOST and PORT without a prefix."""

    model_config = SettingsConfigDict(env_prefix="SURGA_", frozen=True, populate_by_name=True)

    environment: Environment = Field(
        Environment.DEVELOPMENT,
        description="development, demo, test or production, which serve and worker are by themselves",
    )
    host: str = Field(
        "127.0.0.1", validation_alias=AliasChoices("SURGA_HOST", "HOST"), description="the address to serve on"
    )
    port: int = Field(
        8000, ge=1, le=65535, validation_alias=AliasChoices("SURGA_PORT", "PORT"), description="the port to serve on"
    )
    data_dir: Path = Field(Path("var"), description="folder of the demo's servers, logs and tokens")
    database_url: str | None = Field(
        None, repr=False, description="postgresql://user:password@host:port/name?sslmode=..., all that libpq takes"
    )
    redis_url: str | None = Field(None, repr=False, description="redis://, rediss:// or unix://")
    plaintext: bool = Field(
        False, description="whether production may reach PostgreSQL and Redis of other hosts without verified TLS"
    )
    secret_key: SecretStr | None = Field(
        None, min_length=SHORTEST_SECRET, description="all other keys are derived from it"
    )
    identity_secrets: SecretStr | None = Field(
        None, description="secrets for reporters' data, newest first, with commas; the secret key is always the last"
    )
    retention: Retention = Field({}, description="days until closed tickets are erased, e.g. COMPLAINT=1825")
    least_cell: int = Field(
        STANDARD.least_cell,
        ge=1,
        le=1_000_000,
        description="smaller numbers are merged or withheld, as they point at somebody",
    )
    city_dir: Path | None = Field(None, description="folder of the city's master data; Kediri's when not given")

    pool_size: int = Field(10, ge=2, le=1_000, description="connections to PostgreSQL per process")
    log_look_seconds: float = Field(
        1.0, gt=0, le=60, allow_inf_nan=False, description="seconds between two looks at the log, bell or not"
    )
    horizon_days: float = Field(
        STANDARD.horizon / timedelta(days=1),
        gt=0,
        le=3_650,
        allow_inf_nan=False,
        description="how many days a feed cursor may lie behind",
    )
    horizon_events: int = Field(
        STANDARD.horizon_matches,
        ge=1,
        le=1_000_000,
        description="how many matching events a feed cursor may lie behind",
    )
    metrics: str | None = Field(
        None, description="where metrics are told: host:port of this machine, or the path of a Unix socket"
    )
    graceful_seconds: int = Field(5, ge=1, le=3_600, description="seconds in which requests may finish after SIGTERM")

    hosts: Names = Field((), description="names this desk is served under, e.g. lapor.example.go.id")
    origins: Names = Field((), description="other origins whose pages may call the API")
    trusted_proxies: Names = Field((), description="networks whose X-Forwarded-For is believed, or unix")
    body_limit: int = Field(BODY_BYTES, ge=1_000, le=100_000_000, description="bytes of one HTTP request body")
    https: bool = Field(False, description="whether browsers must come by HTTPS only")
    submissions_per_address: Rate = Field(
        Rates.submissions_per_address, description="anonymous submissions from one address"
    )
    reveals_per_caller: Rate = Field(Rates.reveals_per_caller, description="reporters that one officer may unmask")
    lookups_per_caller: Rate = Field(
        Rates.lookups_per_caller, description="persons whose tickets one officer may look for"
    )
    proof_of_work: Literal["off", "altcha"] = Field(
        "off", description="off or altcha: what strangers solve before they submit or open a ticket"
    )
    proof_effort: int = Field(100_000, ge=1_000, le=10_000_000, description="largest number of a proof of work")
    submissions_per_city: Rate = Field(
        Rates.submissions, description="anonymous submissions from all addresses together"
    )
    guesses_per_address: Rate = Field(
        Rates.guesses_per_address, description="wrong numbers and secrets of citizens from one address"
    )
    sign_ins: RateWindows = Field(Rates.sign_ins, description="tries at one account from one address")
    sign_ins_per_account: Rate = Field(
        Rates.sign_ins_of_an_account, description="tries at one account before its door gets narrow"
    )
    sign_in_failures_per_address: RateWindows = Field(
        Rates.failures_of_an_address, description="wrong passwords for any account from one address"
    )
    screen_codes_per_approver: Rate = Field(
        Rates.user_codes_of_an_approver, description="codes of screens that one person may try"
    )
    invitations_per_address: Rate = Field(
        Rates.invitations_per_address, description="one-time links that may be tried from one address"
    )
    duplicate_hours: float = Field(
        STANDARD.same_report // HOUR,
        ge=0,
        le=MOST_HOURS,
        allow_inf_nan=False,
        description="hours in which the same from one sender collapses; 0 for never",
    )
    session_hours: Hours = Field(
        STANDARD.session_lifetime // HOUR, description="hours after which staff must sign in again"
    )
    session_idle_hours: Hours = Field(
        STANDARD.session_idle // HOUR, description="hours after which a session that nobody uses ends"
    )
    shortest_password: int = Field(
        STANDARD.shortest_password, ge=8, le=64, description="characters that a password needs"
    )
    sockets_per_principal: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description=f"sockets of one caller: {OFFICE_SOCKETS}, in development and demo {OPEN_SOCKETS:,}",
    )
    sockets_per_address: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description=f"sockets of one address: {ADDRESS_SOCKETS}, in development and demo {OPEN_SOCKETS:,}",
    )

    @field_validator("hosts", "origins", "trusted_proxies", "sign_ins", "sign_in_failures_per_address", mode="before")
    @classmethod
    def split_names(cls, given: object) -> object:
        """Split a list at its commas."""
        return tuple(name.strip() for name in given.split(",") if name.strip()) if isinstance(given, str) else given

    @field_validator("retention", mode="before")
    @classmethod
    def split_periods(cls, given: object) -> object:
        """Split periods, written as CLASS=days, at their commas."""
        return dict(part.split("=", 1) for part in given.split(",") if part) if isinstance(given, str) else given

    @field_validator("database_url")
    @classmethod
    def require_database(cls, given: str | None) -> str | None:
        """Refuse what leads to no PostgreSQL, and say nothing of it, as it may hold a password."""
        if given is not None:
            try:
                read_url(given)
            except UrlUnreadable as wrong:
                raise ValueError(f"write postgresql://user:password@host:port/name; {wrong}") from None
        return given

    @field_validator("redis_url")
    @classmethod
    def require_redis(cls, given: str | None) -> str | None:
        """Refuse what leads to no Redis."""
        if given is not None:
            try:
                parse_url(given)
            except ValueError:
                raise ValueError("it can not be read; write redis://, rediss:// or unix://") from None
        return given

    @field_validator("trusted_proxies")
    @classmethod
    def require_networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what is no network."""
        if not all(map(is_network, given)):
            raise ValueError("it names networks like 10.0.0.0/8, or unix")
        return given

    @field_validator("metrics")
    @classmethod
    def require_own_address(cls, given: str | None) -> str | None:
        """Refuse an address that others reach: whoever reads the metrics reads how the desk does."""
        if given is not None and not is_own_address(given):
            raise ValueError("write host:port of this machine, e.g. 127.0.0.1:9100, or the path of a Unix socket")
        return given

    @field_validator("host")
    @classmethod
    def require_host(cls, given: str) -> str:
        """Refuse what no server can listen on."""
        if not given or not all(letter.isprintable() and letter != " " for letter in given):
            raise ValueError("write an address or a name, e.g. 127.0.0.1")
        return given

    @field_validator("identity_secrets")
    @classmethod
    def require_long(cls, given: SecretStr | None) -> SecretStr | None:
        """Refuse a secret of fewer than SHORTEST_SECRET characters."""
        if given is not None and any(len(part) < SHORTEST_SECRET for part in given.get_secret_value().split(",")):
            raise ValueError(f"every secret needs {SHORTEST_SECRET} characters or more")
        return given

    def identity(self) -> tuple[bytes, ...]:
        """The secrets that reporters' data is sealed under, newest first."""
        given = self.identity_secrets
        return () if given is None else tuple(part.encode() for part in given.get_secret_value().split(","))

    def periods(self) -> tuple[tuple[Classification | None, timedelta], ...]:
        """How long closed tickets of each class are kept; None are those without a classification."""
        return tuple(
            (name if isinstance(name, Classification) else None, timedelta(days=days))
            for name, days in self.retention.items()
        )

    def is_open(self) -> bool:
        """Whether this is a developer's own machine, where GraphiQL is served and limits are wide."""
        return self.environment in (Environment.DEVELOPMENT, Environment.DEMO)


def load_settings(**given: Any) -> Settings:
    """Read the environment and its files; what is given here wins over them. Raises SettingsWrong."""
    settings, wrong = read_settings(**given)
    if wrong:
        raise SettingsWrong("; ".join(wrong))
    return settings


def read_settings(**given: Any) -> tuple[Settings, list[str]]:
    """The settings, and what is wrong with them: a wrong setting is as if it were not given."""
    files, wrong = from_files(os.environ)
    values = files | {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**values), wrong
    except ValidationError as refused:
        usual = {str(error["loc"][0]): field_of(error["loc"]) for error in refused.errors(include_input=False)}
        defaults = {name: Settings.model_fields[field].get_default() for name, field in usual.items()}
        return Settings(**(values | defaults)), wrong + complaints(refused)


def complaints(wrong: ValidationError) -> list[str]:
    """Say each wrong setting with its reason, and never its value, which may be a secret."""
    return [
        f"{variable(error['loc'])}: {error['msg'].removeprefix('Value error, ')}"
        for error in wrong.errors(include_input=False)
    ]


def field_of(location: tuple[int | str, ...]) -> str:
    """The field of a wrong setting, which may stand there under the name of its variable."""
    return str(location[0]).lower().removeprefix("surga_")


def variable(location: tuple[int | str, ...]) -> str:
    """The environment variable of a field."""
    name = str(location[0]).upper() if location else "SURGA"
    return name if name in {"HOST", "PORT"} or name.startswith("SURGA") else f"SURGA_{name}"
