"""The scripts, styles and fonts of our pages, under names that change with what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles


class Assets(StaticFiles):
    """Files that browsers keep for ever, since a hashed name never changes its content.

    headers stand on every answer that is a file.
    """

    def __init__(self, folder: Path, headers: Mapping[str, str]) -> None:
        super().__init__(directory=folder, check_dir=False)
        self._headers = headers

    async def check_config(self) -> None:
        """Take a folder that is not built yet as an empty one."""

    def file_response(self, *args: Any, **named: Any) -> Response:
        """Answer with one file."""
        response = super().file_response(*args, **named)
        response.headers.update(self._headers)
        return response
