"""Makes a zipped file the same whenever it is written."""

from __future__ import annotations

import io
import zipfile
from typing import Final

_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
_READABLE_BY_ALL: Final = 0o644 << 16


def with_fixed_times(zipped: bytes) -> bytes:
    """Write a zip file again without the time of day and the system on which it was made."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(zipped)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            entry.external_attr = _READABLE_BY_ALL
            target.writestr(entry, source.read(name))
    return buffer.getvalue()
