"""/labels/id.json and /labels/en.json: the words for every value that a client may show, the same as `surga schema --labels`,
but with the city's own words for channels.

They are open to everybody, as the schema's own texts are: no value of a ticket, an account or a setting is among them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schema.core.errors import formatted_refusal
from services.core.labels import LANGUAGES
from services.core.messages import preferred_language
from services.core.refusals import bad_input
from services.master_data.cities import load_city
from services.master_data.city import CityChannel
from services.master_data.city_entries import CityInvalid
from services.queries.labels import all_labels

JSON = "application/json; charset=utf-8"
FRESH_SECONDS = 300  # our choice: a release that brings a new value has its words on every screen five minutes later


@dataclass(frozen=True, slots=True)
class LabelsFile:
    """The words of one language as they are sent; the tag changes exactly when the bytes do."""

    body: bytes
    tag: str

    def response(self, request: Request) -> Response:
        """The file, or 304 where the client has it."""
        headers = {"etag": self.tag, "cache-control": f"public, max-age={FRESH_SECONDS}"}
        if is_known(self.tag, request.headers.getlist("if-none-match")):
            return Response(status_code=304, headers=headers)
        return Response(self.body, headers={**headers, "content-type": JSON})


def labels_file(language: str, channels: Iterable[CityChannel] = ()) -> LabelsFile:
    """The words of this language; for channels those of the city."""
    lists = all_labels(language)
    lists["Channel"] |= {channel.code.value: channel.labels[language] for channel in channels}
    body = orjson.dumps(lists)
    return LabelsFile(body, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"')


def is_known(tag: str, named: list[str]) -> bool:
    """Whether a client that names these tags (If-None-Match, RFC 9110 13.1.2: compared weakly) has what the tag stands for."""
    tags = [part.strip().removeprefix("W/") for line in named for part in line.split(",")]
    return tag in tags or tags == ["*"]


def channels_of(folder: Path | None) -> tuple[CityChannel, ...]:
    """What a city with a folder of its own calls its channels; a folder that `surga seed` would refuse says nothing."""
    if folder is None:
        return ()
    try:
        return load_city(folder).channels
    except CityInvalid:
        return ()


def labels_route(city: Path | None = None) -> Route:
    """GET and HEAD of /labels/{language}.json; 404 for a language that the desk does not speak."""
    channels = channels_of(city)
    files = {language: labels_file(language, channels) for language in LANGUAGES}

    async def labels(request: Request) -> Response:
        found = files.get(request.path_params["language"])
        return unknown(request) if found is None else found.response(request)

    return Route("/labels/{language}.json", labels, methods=["GET"])


def unknown(request: Request) -> Response:
    """404 as every refusal is: one error with a code, in the language that the client reads."""
    refusal = bad_input("labels_language", languages=", ".join(LANGUAGES))
    error = formatted_refusal(refusal, preferred_language(request.headers.get("accept-language")))
    body = orjson.dumps({"errors": [error]})
    return Response(body, 404, {"content-type": JSON, "cache-control": "no-store", "vary": "accept-language"})
