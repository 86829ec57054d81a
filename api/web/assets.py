"""The scripts, styles and fonts of our pages, under names that change with what they hold."""

from __future__ import annotations

import os
from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from api.web.encodings import IDENTITY, SUFFIXES, chosen


class Assets(StaticFiles):
    """Files that browsers keep for ever, since a hashed name never changes its content.

    headers stand on every answer that is a file. Each file is sent in the encoding that the client likes best of those
    that the build made; these have no address of their own.
    """

    def __init__(self, folder: Path, headers: Mapping[str, str]) -> None:
        super().__init__(directory=folder, check_dir=False)
        self._headers = headers

    async def check_config(self) -> None:
        """Take a folder that is not built yet as an empty one."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """The file of a path inside the folder; none for what is another file's encoding."""
        return ("", None) if path.endswith(tuple(SUFFIXES.values())) else super().lookup_path(path)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Answer with one file, in one of its encodings; each has a tag of its own."""
        asked = Headers(scope=scope)
        made = {encoding: f"{full_path}{suffix}" for encoding, suffix in SUFFIXES.items()}
        here = {encoding: path for encoding, path in made.items() if os.path.isfile(path)}
        encoding = chosen(asked.getlist("accept-encoding"), here)
        sent = here.get(encoding, full_path)
        headers = {**self._headers, **({} if encoding == IDENTITY else {"content-encoding": encoding})}
        response = FileResponse(
            sent,
            status_code=status_code,
            headers={**headers, "vary": "accept-encoding"} if here else headers,
            media_type=guess_type(full_path)[0],
            stat_result=stat_result if encoding == IDENTITY else os.stat(sent),
        )
        if self.is_not_modified(response.headers, asked):
            return NotModifiedResponse(response.headers)
        return response
