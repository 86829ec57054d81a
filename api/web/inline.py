"""Pages of one file: a Content-Security-Policy that lets through what stands in them, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import re

INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


def policy(html: str) -> str:
    """A policy that lets this page's own script and style work, each by its hash; a page without a script calls nobody."""
    found = {kind: _hash(content) for kind, content in INLINE.findall(html)}
    return "; ".join(
        [
            "default-src 'none'",
            *(f"{kind}-src {hashed}" for kind, hashed in sorted(found.items())),
            *(["connect-src 'self'"] if "script" in found else []),
            "img-src 'self'",  # the icon
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
