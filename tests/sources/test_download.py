"""Downloads from a real HTTP server on loopback that does all that servers do wrong."""

from __future__ import annotations

import gzip
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import fake_services
import pytest
import requests
from fake_services import Server, content, file_with_ranges, silence, status

from siting.errors import FetchError
from siting.sources.services.answers import json_object
from siting.sources.services.download import Downloader, _Session
from siting.sources.services.manners import Manners, public_url, user_agent

QUICK = Manners(
    attempts=3,
    connect_seconds=1,
    read_seconds=0.2,
    first_wait_seconds=0.01,
    longest_wait_seconds=0.05,
    interval_seconds=0,
)
WHOLE = bytes(range(256)) * 1000


@pytest.fixture
def downloader(tmp_path: Path) -> Downloader:
    return Downloader(tmp_path / "cache", QUICK)


def fine(_: Path) -> None:
    pass


def is_json(path: Path) -> None:
    json_object(path, "the service")


def left(downloader: Downloader) -> list[str]:
    """What lies in the cache."""
    return sorted(path.name for path in downloader.cache.iterdir()) if downloader.cache.exists() else []


def test_a_question_is_asked_once(server: Server, downloader: Downloader) -> None:
    server.faults["/file"] = [content("first"), content("second")]
    first = downloader.get(f"{server.address}/file", {"a": "1"}, check=fine, suffix=".txt")
    again = downloader.get(f"{server.address}/file", {"a": "1"}, check=fine, suffix=".txt")
    other = downloader.get(f"{server.address}/file", {"a": "2"}, check=fine, suffix=".txt")
    assert first == again
    assert (first.read_text(), other.read_text()) == ("first", "second")
    assert server.paths() == ["/file", "/file"]
    assert server.requests[0][2]["User-Agent"] == user_agent()
    assert user_agent().startswith("siting/")


def test_an_answer_that_was_damaged_in_the_cache_is_asked_for_again(
    server: Server, downloader: Downloader
) -> None:
    server.faults["/file"] = [content('{"a": 1}'), content('{"a": 2}')]
    path = downloader.get(f"{server.address}/file", check=is_json)
    path.write_bytes(path.read_bytes()[:3])
    assert json_object(downloader.get(f"{server.address}/file", check=is_json), "") == {"a": 2}


def test_questions_that_are_posted_differ_by_their_body(server: Server, downloader: Downloader) -> None:
    address = f"{server.address}/pxweb/tables/TAB638/data"
    mora, orsa = (
        downloader.post(
            address, {"selection": [{"variableCode": "Region", "valueCodes": [code]}]}, check=is_json
        )
        for code in ("2062", "2034")
    )
    assert json_object(mora, "")["value"] == [120]
    assert json_object(orsa, "")["value"] == [80]


@pytest.mark.parametrize("trouble", [status(503), status(429, Retry_After="0"), status(500), silence(0.4)])
def test_trouble_that_passes_is_waited_out(
    server: Server, downloader: Downloader, trouble: Callable[[fake_services.Handler], None]
) -> None:
    said: list[str] = []
    downloader.on_progress = said.append
    server.faults["/file"] = [trouble, content("good")]
    assert downloader.get(f"{server.address}/file", check=fine).read_text() == "good"
    assert len(said) == 1
    assert "next try in" in said[0]


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (status(503), r"answers 503 \(3 tries\); try again later"),
        (silence(0.4), r"does not answer in time \(3 tries\)"),
        (file_with_ranges(WHOLE, cut_after=10, ranges=False), r"or the connection was cut \(3 tries\)"),
    ],
)
def test_trouble_that_stays_leaves_no_file(
    server: Server, downloader: Downloader, trouble: Callable[[fake_services.Handler], None], words: str
) -> None:
    server.faults["/file"] = [trouble] * 3
    with pytest.raises(FetchError, match=words):
        downloader.get(f"{server.address}/file", check=fine)
    assert left(downloader) == []
    assert len(server.requests) == 3


def test_a_refusal_is_not_asked_again(server: Server, downloader: Downloader) -> None:
    with pytest.raises(FetchError, match="/nowhere: answers 404 Not Found"):
        downloader.get(f"{server.address}/nowhere", check=fine)
    assert len(server.requests) == 1
    assert left(downloader) == []


def test_nobody_at_home_is_said(downloader: Downloader) -> None:
    with pytest.raises(FetchError, match="cannot be reached"):
        downloader.get("http://127.0.0.1:9/file", check=fine)


def test_a_cut_body_goes_on_where_it_stopped(server: Server, downloader: Downloader) -> None:
    server.faults["/file"] = [file_with_ranges(WHOLE, cut_after=100_000), file_with_ranges(WHOLE)]
    path = downloader.get(f"{server.address}/file", check=fine)
    assert path.read_bytes() == WHOLE
    asked = server.requests[1][2]
    assert 0 < int(asked["Range"].removeprefix("bytes=").rstrip("-")) <= 100_000
    assert asked["If-Range"] == '"v1"'
    assert left(downloader) == [path.name]


def test_a_broken_off_run_goes_on_in_the_next_one(server: Server, tmp_path: Path) -> None:
    server.faults["/file"] = [file_with_ranges(WHOLE, cut_after=100_000)] * 3
    with pytest.raises(FetchError):
        Downloader(tmp_path, Manners(attempts=1, interval_seconds=0)).get(
            f"{server.address}/file", check=fine
        )
    assert {Path(name).suffix for name in left(Downloader(tmp_path))} == {".part", ".etag"}
    server.faults["/file"] = [file_with_ranges(WHOLE)]
    assert Downloader(tmp_path, QUICK).get(f"{server.address}/file", check=fine).read_bytes() == WHOLE
    assert "Range" in server.requests[-1][2]


def test_a_file_that_changed_meanwhile_is_read_from_its_start(server: Server, downloader: Downloader) -> None:
    changed = WHOLE[::-1]
    server.faults["/file"] = [
        file_with_ranges(WHOLE, cut_after=100_000),
        file_with_ranges(changed, etag='"v2"'),
    ]
    assert downloader.get(f"{server.address}/file", check=fine).read_bytes() == changed


def test_a_part_that_was_not_asked_for_is_not_taken(server: Server, downloader: Downloader) -> None:
    def wrong_part(handler: fake_services.Handler) -> None:
        handler.send(206, b"xyz", Content_Range="bytes 5-7/8")

    server.faults["/file"] = [file_with_ranges(WHOLE, cut_after=100_000), wrong_part, file_with_ranges(WHOLE)]
    assert downloader.get(f"{server.address}/file", check=fine).read_bytes() == WHOLE
    assert "Range" not in server.requests[-1][2]
    server.faults["/other"] = [status(416), content("good")]
    assert downloader.get(f"{server.address}/other", check=fine).read_text() == "good"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("<html><body>Underhåll</body></html>", "answers with a web page in place of data"),
        (
            '<?xml version="1.0"?><ows:Exception><ows:ExceptionText>Unknown layer\n stat:x'
            "</ows:ExceptionText></ows:Exception>",
            "answers with an error: Unknown layer stat:x",
        ),
        (
            '<ServiceExceptionReport><ServiceException code="x">Too big</ServiceException>',
            "an error: Too big",
        ),
        ('{"features": [', "JSON that is broken or cut off"),
        ("", "answers with nothing"),
        ("[1, 2]", "a JSON list; expected an object"),
        (b"\xff\xfe\x00", "broken or cut off"),
        ("[" * 100_000, "broken or cut off"),
    ],
)
def test_something_else_with_status_200_is_an_error_and_not_kept(
    server: Server, downloader: Downloader, answer: str | bytes, words: str
) -> None:
    server.faults["/file"] = [content(answer)]
    with pytest.raises(FetchError, match=words):
        downloader.get(f"{server.address}/file", check=is_json)
    assert left(downloader) == []


def test_a_compressed_answer_is_kept_as_it_was_meant(server: Server, downloader: Downloader) -> None:
    packed = gzip.compress(WHOLE)
    headers = {"Content_Encoding": "gzip", "ETag": '"v1"', "Accept_Ranges": "bytes"}
    server.faults["/file"] = [lambda handler: handler.send(200, packed, **headers)]
    assert downloader.get(f"{server.address}/file", check=fine).read_bytes() == WHOLE

    def cut(handler: fake_services.Handler) -> None:
        handler.send(200, packed[:-20], **headers, Content_Length=str(len(packed)))
        handler.close_connection = True

    server.faults["/file"] = [cut, lambda handler: handler.send(200, packed, **headers)]
    assert downloader.get(f"{server.address}/file", {"n": "2"}, check=fine).read_bytes() == WHOLE
    assert "Range" not in server.requests[-1][2]  # bytes of a packed file are not those of the file


def test_an_answer_without_end_is_cut_at_the_largest_size(server: Server, tmp_path: Path) -> None:
    server.faults["/file"] = [content(WHOLE)]
    small = Downloader(tmp_path, Manners(max_bytes=1000, interval_seconds=0))
    with pytest.raises(FetchError, match=r"sends more than 0\.001 MB"):
        small.get(f"{server.address}/file", check=fine)
    assert left(small) == []


def test_waits_double_and_obey_retry_after_within_bounds() -> None:
    manners = Manners(first_wait_seconds=2, longest_wait_seconds=100)
    assert 1 <= manners.wait_seconds(1) <= 2
    assert 8 <= manners.wait_seconds(4) <= 16
    assert manners.wait_seconds(30) == 100
    assert manners.wait_seconds(1, "30") == 30
    assert manners.wait_seconds(1, "86400") == 100
    assert manners.wait_seconds(1, "soon") <= 2
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True)
    assert 45 <= manners.wait_seconds(1, later) <= 51


def test_requests_to_one_server_keep_their_distance(server: Server, tmp_path: Path) -> None:
    server.faults["/file"] = [content("x")] * 3
    polite = Downloader(tmp_path, Manners(interval_seconds=0.1))
    started = datetime.now(UTC)
    for n in range(3):
        polite.get(f"{server.address}/file", {"n": str(n)}, check=fine)
    assert (datetime.now(UTC) - started).total_seconds() >= 0.2


def test_keys_and_passwords_are_sent_but_neither_shown_nor_kept(
    server: Server, downloader: Downloader, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = server.address.replace("http://", "http://me:s3cret@")
    server.faults["/feed"] = [content("good"), status(403), *[silence(0.4)] * 3]
    path = downloader.get(f"{address}/feed?operator=dt&key=s3cret", check=fine)
    assert "key=s3cret" in server.requests[0][1]
    assert server.requests[0][2]["Authorization"].startswith("Basic ")
    without = f"GET\n{server.address}/feed?operator=dt\n"
    assert path.name == hashlib.sha256(without.encode()).hexdigest()[:32]
    for n in range(2):
        with pytest.raises(FetchError) as caught:
            downloader.get(f"{address}/feed?key=s3cret&n={n}", check=fine)
        assert "s3cret" not in str(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "s3cret" not in caplog.text
    assert public_url("https://me:pw@host/a?b=1&API_KEY=x#y") == "https://host/a?b=1"


def test_redirects_are_followed_but_not_to_another_scheme(server: Server, downloader: Downloader) -> None:
    server.faults["/old"] = [status(302, Location="/new"), status(302, Location="file:///etc/hostname")]
    server.faults["/new"] = [content("moved")]
    assert downloader.get(f"{server.address}/old", check=fine).read_text() == "moved"
    with pytest.raises(FetchError, match="cannot be asked"):
        downloader.get(f"{server.address}/old", {"n": "2"}, check=fine)


def test_a_redirect_from_https_to_http_is_refused() -> None:
    answer = requests.Response()
    answer.status_code, answer.url = 302, "https://host/a?key=s3cret"
    answer.headers["Location"] = "http://host/a"
    with pytest.raises(FetchError, match="https://host/a: redirects to another scheme"):
        _Session().get_redirect_target(answer)
    answer.headers["Location"] = "/b"
    assert _Session().get_redirect_target(answer) == "/b"


def test_a_part_of_another_version_is_not_added(server: Server, downloader: Downloader) -> None:
    """As a server does that knows no If-Range."""
    changed = WHOLE[::-1]

    def rest_of_another(handler: fake_services.Handler) -> None:
        start = int(handler.headers["Range"].removeprefix("bytes=").rstrip("-"))
        span = f"bytes {start}-{len(changed) - 1}/{len(changed)}"
        handler.send(206, changed[start:], Content_Range=span, ETag='"v2"')

    server.faults["/file"] = [
        file_with_ranges(WHOLE, cut_after=100_000),
        rest_of_another,
        file_with_ranges(changed, etag='"v2"'),
    ]
    assert downloader.get(f"{server.address}/file", check=fine).read_bytes() == changed


def test_a_part_that_ends_too_early_is_not_the_end(server: Server, downloader: Downloader) -> None:
    def two_bytes(handler: fake_services.Handler) -> None:
        start = int(handler.headers["Range"].removeprefix("bytes=").rstrip("-"))
        span = f"bytes {start}-{start + 1}/{len(WHOLE)}"
        handler.send(206, WHOLE[start : start + 2], Content_Range=span, ETag='"v1"')

    server.faults["/file"] = [
        file_with_ranges(WHOLE, cut_after=100_000),
        two_bytes,
        file_with_ranges(WHOLE),
    ]
    assert downloader.get(f"{server.address}/file", check=fine).read_bytes() == WHOLE
    first = [lambda handler: handler.send(206, WHOLE[:9], Content_Range=f"bytes 0-8/{len(WHOLE)}")]
    server.faults["/file"] = [*first, file_with_ranges(WHOLE)]
    assert downloader.get(f"{server.address}/file", {"n": "2"}, check=fine).read_bytes() == WHOLE


def test_a_trickle_is_given_up_in_time(server: Server, tmp_path: Path) -> None:
    def trickle(handler: fake_services.Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    server.faults["/file"] = [trickle]
    impatient = Downloader(tmp_path, replace(QUICK, attempts=1, whole_seconds=0.2))
    started = time.monotonic()
    with pytest.raises(FetchError, match="does not come to an end"):
        impatient.get(f"{server.address}/file", check=fine)
    assert time.monotonic() - started < 2
    assert left(impatient) == []


@pytest.mark.parametrize("target", ["http://[bad", "//[", "å://x"])
def test_a_redirect_to_nonsense_is_one_sentence(server: Server, downloader: Downloader, target: str) -> None:
    server.faults["/file"] = [status(302, Location=target)]
    with pytest.raises(FetchError, match="redirects to something that is no address"):
        downloader.get(f"{server.address}/file", check=fine)


@pytest.mark.parametrize(
    "name", ["subscription-key", "X-Api-Key", "client_secret", "auth", "passwd", "signature", "apiToken"]
)
def test_whatever_is_called_like_a_secret_is_not_shown(name: str) -> None:
    assert public_url(f"https://host/a?sortBy=desokod&{name}=x") == "https://host/a?sortBy=desokod"
