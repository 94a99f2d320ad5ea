"""Downloads: an answer of an HTTP service becomes a file in a cache, or an error; never half a file.

urllib3's `Retry` ends where a body begins, so the attempts are counted here: one rule for refused
connections, time-outs, busy servers and bodies cut short, which go on where they stopped if the server
knows byte ranges. Only its reading of Retry-After is used (`manners`).
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

import requests
from urllib3.exceptions import HTTPError

from ...errors import FetchError
from .manners import BUSY, OFFLINE, Manners, no_addresses_in_log, public_url, user_agent

logger = logging.getLogger(__name__)

CHUNK_BYTES: Final = 1 << 16
SAY_EVERY_BYTES: Final = 10_000_000

Check = Callable[[Path], None]
"""Looks into a finished file and raises FetchError if it is not what was asked for."""


class _Session(requests.Session):
    """Follows redirects, but never from https to anything else."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        try:
            target = super().get_redirect_target(resp)
            scheme = urlsplit(target or "").scheme
        except ValueError:  # also of bytes that are no text
            message = f"{public_url(resp.url)}: redirects to something that is no address"
            raise FetchError(message) from None
        if target and urlsplit(resp.url).scheme == "https" and scheme not in ("", "https"):
            message = f"{public_url(resp.url)}: redirects to another scheme than https, which is not followed"
            raise FetchError(message)
        return target


class _TryAgainError(Exception):
    """A try that failed in a way that may pass; the text says how."""

    def __init__(self, how: str, retry_after: str | None = None) -> None:
        super().__init__(how)
        self.retry_after = retry_after


@dataclass(frozen=True)
class _Order:
    """One request and the file that its answer goes to."""

    method: str
    url: str
    body: bytes | None
    path: Path

    @property
    def part(self) -> Path:
        """What has come so far."""
        return self.path.with_name(f"{self.path.name}.part")

    @property
    def mark(self) -> Path:
        """ETag of what has come so far; is there only where the rest can be asked for."""
        return self.path.with_name(f"{self.path.name}.etag")


@dataclass
class Downloader:
    """Asks each question once: answers lie in `cache`, under the digest of the question.

    Keys and passwords in an address are sent, but are in no file name, message or log.
    """

    cache: Path
    manners: Manners = field(default_factory=Manners)
    on_progress: Callable[[str], None] = lambda _: None
    given: list[Path] = field(default_factory=list, init=False)
    """The files that were given so far."""
    _session: requests.Session = field(default_factory=_Session, init=False, repr=False)
    _next_request: dict[str, float] = field(default_factory=dict, init=False, repr=False)

    def get(
        self, url: str, query: Mapping[str, str] | None = None, *, check: Check, suffix: str = ""
    ) -> Path:
        """Give the file with the answer to a GET.

        Parameters
        ----------
        url
            Address; it may hold a query already.
        query
            Further parameters.
        check
            Looks into the answer; what it refuses is not kept.
        suffix
            Of the file's name, such as ``.json``.

        Raises
        ------
        FetchError
            If the service cannot be reached, refuses, or its answer does not pass the check.
        """
        joint = "&" if urlsplit(url).query else "?"
        return self._file("GET", url + (joint + urlencode(query) if query else ""), None, check, suffix)

    def post(self, url: str, body: object, *, check: Check, suffix: str = ".json") -> Path:
        """Give the file with the answer to a POST of a JSON body; parameters and errors as for `get`."""
        return self._file("POST", url, json.dumps(body, ensure_ascii=False).encode(), check, suffix)

    def _file(self, method: str, url: str, body: bytes | None, check: Check, suffix: str) -> Path:
        question = b"\n".join([method.encode(), public_url(url).encode(), body or b""])
        order = _Order(method, url, body, self.cache / f"{hashlib.sha256(question).hexdigest()[:32]}{suffix}")
        self.given.append(order.path)
        if _is_kept(order, check):
            logger.info("from the cache: %s", public_url(url))
            return order.path
        self.cache.mkdir(parents=True, exist_ok=True)
        with no_addresses_in_log():
            self._fill(order)
        try:
            check(order.part)
        except FetchError:
            _forget(order)
            raise
        os.replace(order.part, order.path)  # noqa: PTH105  (atomic on every system)
        order.mark.unlink(missing_ok=True)
        return order.path

    def _fill(self, order: _Order) -> None:
        """Try until the whole answer stands in the part file."""
        for attempt in range(1, self.manners.attempts + 1):
            try:
                return self._try(order)
            except _TryAgainError as error:
                if not order.mark.exists():
                    _forget(order)
                if attempt == self.manners.attempts:
                    message = f"{public_url(order.url)}: {error} ({attempt} tries); try again later{OFFLINE}"
                    raise FetchError(message) from None  # the cause may hold the whole address
                wait = self.manners.wait_seconds(attempt, error.retry_after)
                self.on_progress(f"{urlsplit(order.url).hostname}: {error}; next try in {wait:.0f} s")
                time.sleep(wait)
        return None

    def _try(self, order: _Order) -> None:
        self._be_polite(order.url)
        try:
            with self._session.request(
                order.method,
                order.url,
                data=order.body,
                headers=_headers(order),
                timeout=(self.manners.connect_seconds, self.manners.read_seconds),
                stream=True,
            ) as response:
                self._require_success(order, response)
                self._write(order, response)
        except requests.Timeout:
            how = "does not answer in time"
            raise _TryAgainError(how) from None
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, HTTPError):
            how = "cannot be reached, or the connection was cut"
            raise _TryAgainError(how) from None
        except requests.RequestException as error:
            message = f"{public_url(order.url)}: cannot be asked ({type(error).__name__})"
            raise FetchError(message) from None

    def _require_success(self, order: _Order, response: requests.Response) -> None:
        status = response.status_code
        if status == requests.codes.requested_range_not_satisfiable:
            _forget(order)
            how = "has another file by now"
            raise _TryAgainError(how)
        if status in BUSY:
            how = f"answers {status}"
            raise _TryAgainError(how, response.headers.get("Retry-After"))
        if status not in (requests.codes.ok, requests.codes.partial_content):
            message = f"{public_url(order.url)}: answers {status} {response.reason}"
            raise FetchError(message)

    def _write(self, order: _Order, response: requests.Response) -> None:
        """Append what is left, or write all from the start, as the server chose."""
        goes_on = response.status_code == requests.codes.partial_content
        written = order.part.stat().st_size if goes_on and order.part.exists() else 0
        if goes_on and not _is_the_rest(order, response, written):
            _forget(order)
            how = "sends another part than was asked for"
            raise _TryAgainError(how)
        if not goes_on:
            _forget(order)
            if order.method == "GET" and _may_resume(response):
                order.mark.write_text(response.headers["ETag"], encoding="utf-8")
        deadline, said = time.monotonic() + self.manners.whole_seconds, written
        with order.part.open("ab" if goes_on else "wb") as file:
            for piece in _pieces(response):
                written += len(piece)
                self._require_bounded(order, written)
                file.write(piece)
                if time.monotonic() > deadline:
                    how = "does not come to an end"
                    raise _TryAgainError(how)
                if written - said >= SAY_EVERY_BYTES:
                    said = written
                    self.on_progress(f"{urlsplit(order.url).hostname}: {written / 1e6:.0f} MB")
        promised = _promised_bytes(response)
        if promised is not None and written != promised:
            # urllib3 before 2.0 does not count; and a server may end a part where it likes.
            how = f"sends {written} bytes of {promised}"
            raise _TryAgainError(how)

    def _require_bounded(self, order: _Order, written: int) -> None:
        if written > self.manners.max_bytes:
            _forget(order)
            message = f"{public_url(order.url)}: sends more than {self.manners.max_bytes / 1e6:g} MB"
            raise FetchError(message)

    def _be_polite(self, url: str) -> None:
        host = urlsplit(url).netloc
        time.sleep(max(0.0, self._next_request.get(host, 0.0) - time.monotonic()))
        self._next_request[host] = time.monotonic() + self.manners.interval_seconds


def _is_kept(order: _Order, check: Check) -> bool:
    """Whether a good answer lies in the cache; one that was damaged there is forgotten."""
    if not order.path.exists():
        return False
    try:
        check(order.path)
    except FetchError:
        order.path.unlink()
        return False
    return True


def _headers(order: _Order) -> dict[str, str]:
    headers = {"User-Agent": user_agent(), "Accept-Encoding": "gzip"}
    if order.body is not None:
        headers["Content-Type"] = "application/json"
    if order.mark.exists() and order.part.exists():
        headers["Range"] = f"bytes={order.part.stat().st_size}-"
        headers["If-Range"] = order.mark.read_text(encoding="utf-8")
        headers["Accept-Encoding"] = "identity"
    return headers


def _may_resume(response: requests.Response) -> bool:
    """Whether the rest of this answer can be asked for: ranges, a strong ETag, and bytes as they are."""
    headers = response.headers
    is_strong = headers.get("ETag", "").startswith('"')
    return is_strong and headers.get("Accept-Ranges") == "bytes" and "Content-Encoding" not in headers


def _is_the_rest(order: _Order, response: requests.Response, written: int) -> bool:
    """Whether a part begins where the file ends so far, and is of the same version of it."""
    begins = response.headers.get("Content-Range", "").startswith(f"bytes {written}-")
    if not order.mark.exists():
        return False  # nobody asked for a part
    etag = order.mark.read_text(encoding="utf-8")
    return begins and response.headers.get("ETag", etag) == etag


def _promised_bytes(response: requests.Response) -> int | None:
    """Size of the whole file as the server tells it; None where it does not, or packs it."""
    if "Content-Encoding" in response.headers:
        return None
    if response.status_code == requests.codes.partial_content:
        size = response.headers.get("Content-Range", "").rpartition("/")[2]
    else:
        size = response.headers.get("Content-Length", "")
    return int(size) if size.isascii() and size.isdigit() else None


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """Give what has come, unpacked, without waiting for more: else a trickle never meets the deadline."""
    if not hasattr(response.raw, "read1"):  # urllib3 before 2.0
        yield from response.iter_content(CHUNK_BYTES)
        return
    while piece := response.raw.read1(CHUNK_BYTES, decode_content=True):
        yield piece


def _forget(order: _Order) -> None:
    order.part.unlink(missing_ok=True)
    order.mark.unlink(missing_ok=True)
