"""Manners towards public services: how patient, how polite, and what of an address is told to nobody."""

from __future__ import annotations

import logging
import random
import re
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from urllib3.exceptions import InvalidHeader
from urllib3.util.retry import Retry

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

OFFLINE: Final = "; without internet: siting build (docs/your-region.md)"
BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may go away by themselves."""
SECRET_KEYS: Final = re.compile(r"key|token|secret|pass|pwd|auth|^sig(nature)?$", re.IGNORECASE)
"""In the names of parameters whose values are told to nobody."""


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How patient and how polite a download is."""

    attempts: int = 6
    """Tries of one request, the first included."""
    connect_seconds: float = 20.0
    read_seconds: float = 180.0
    """Longest silence of a server that is answering."""
    whole_seconds: float = 3600.0
    """Longest time that one answer may take."""
    first_wait_seconds: float = 2.0
    """Wait before the second try; it doubles from try to try, and half of it is left to chance."""
    longest_wait_seconds: float = 120.0
    """No wait is longer, whatever a server's Retry-After says."""
    interval_seconds: float = 0.5
    """From one request to a server to the next."""
    max_bytes: int = 2_000_000_000

    def wait_seconds(self, attempt: int, retry_after: str | None = None) -> float:
        """Time before the try after `attempt` (from 1)."""
        wait = self.first_wait_seconds * 2.0 ** (attempt - 1) * random.uniform(0.5, 1.0)
        if retry_after:
            try:
                wait = max(wait, Retry().parse_retry_after(retry_after))
            except InvalidHeader:
                logger.debug("Retry-After %r is neither seconds nor a date", retry_after)
        return min(wait, self.longest_wait_seconds)


def user_agent() -> str:
    """Who is asking: the project and its version."""
    return f"siting/{version('siting')} (facility location; requests {version('requests')})"


def public_url(url: str) -> str:
    """Give an address as it may be shown and kept: without user, password and keys."""
    parts = urlsplit(url)
    query = [(k, v) for k, v in parse_qsl(parts.query, True) if not SECRET_KEYS.search(k)]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, urlencode(query), ""))


@contextmanager
def no_addresses_in_log() -> Iterator[None]:
    """Keep urllib3 from logging addresses, in which keys may stand."""
    chatty = logging.getLogger("urllib3.connectionpool")
    level = chatty.level
    chatty.setLevel(logging.WARNING)
    try:
        yield
    finally:
        chatty.setLevel(level)
