"""Secrets: none of them reaches the log, the history or the pages, and ordinary sentences stay as they are."""

from __future__ import annotations

import logging
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard import secrets
from callboard.cli.logs import LogFormatter
from callboard.secrets import keep_secret, without_secrets

SECRET = "s3cr3tValue/+42"
BARE = "s3cr3tValue-42"


@pytest.mark.parametrize(
    "text",
    [
        # Signatures in addresses, with the host and without.
        f"PUT https://s3.amazonaws.com/b/key.mov?X-Amz-Signature={BARE}&X-Amz-Date=2026 failed.",
        f"Max retries exceeded with url: /bucket/key.mov?X-Amz-Credential={BARE} (Caused by NewConnectionError)",
        f"https://storage.googleapis.com/b/o?GoogleAccessId=me&Signature={BARE}",
        f"https://media.blob.core.windows.net/c/f.mov?sv=2024&sig={BARE}.",
        f"https://cdn.example/f.mov?Policy=x&Key-Pair-Id=y&anything={BARE}",
        f"https://studio.example/component/get?id=1&username=nadia&apiKey={BARE}",
        f"wss://studio.example/socket.io/1/websocket?x={BARE}",
        # Passwords in addresses.
        f"postgresql://callboard:{SECRET}@db.example/callboard",
        f"postgresql+psycopg://callboard:p@ss/{SECRET}@db.example:5432/callboard",
        f"https://nadia:{BARE}@proxy.example:3128",
        f"redis://:{BARE}@cache/0",
        f"host=db.example password={SECRET} user=callboard",
        f"host=db.example password='{SECRET} with space' user=callboard",
        # Headers.
        f"Authorization: Bearer {BARE}",
        f"{{'Authorization': 'Basic {SECRET}==', 'Accept': '*/*'}}",
        f'{{"ftrack-api-key": "{SECRET}", "ftrack-user": "nadia"}}',
        f"ftrack-api-key: {BARE}",
        f"Cookie: session={BARE}; theme={BARE}",
        f"Proxy-Authorization: Digest {SECRET}",
        # Tokens with a form of their own.
        f"xoxb-2210-{BARE} is not accepted",
        f"xoxe.xoxp-1-{BARE}",
        f"xapp-1-A02-{BARE}",
        f"https://hooks.slack.com/services/T0/B0/{BARE}",
        f"eyJhbGciOi.eyJzdWIiOi{BARE}.sig",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
        # Named values.
        f"FTRACK_API_KEY={SECRET}",
        f"Session(server_url='x', api_key='{SECRET}', api_user='nadia')",
        f'api_key = "{SECRET}"',
        f'{{"password": "an \\"escaped\\" {SECRET}"}}',
        f"slack_token: {BARE}",
        f"aws_secret_access_key = {SECRET}",
    ],
)
def test_no_secret_of_any_kind_is_left(text: str) -> None:
    cleaned = without_secrets(text)
    assert "s3cr3t" not in cleaned
    assert "Value" not in cleaned
    assert secrets.HIDDEN in cleaned
    assert without_secrets(cleaned) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "ftrack at https://studio.example:8080 cannot be reached: no connection.",
        "ftrack does not accept the API key of callboard; check api_user and api_key.",
        "Slack does not accept the token: it says invalid_auth; set slack.token.",
        "The name 'SH010?' is not a folder name; rename the shot.",
        "Is a=b? Then c=d.",
        "postgresql://callboard@db.example/callboard",
        "/mnt/heron/shots/SH010/plate.1001.exr@2x",
        "The password is missing: set dashboard.password.",
        "SH010 of heron: set the status to Approved; key=filename",
    ],
)
def test_ordinary_sentences_stay_as_they_are(text: str) -> None:
    assert without_secrets(text) == text


def test_what_stays_says_which_address_it_was() -> None:
    said = without_secrets("PUT https://s3.amazonaws.com/b/key.mov?X-Amz-Signature=abc answered 403.")
    assert said == "PUT https://s3.amazonaws.com/b/key.mov?*** answered 403."


def test_a_key_without_a_form_of_its_own_is_hidden_where_it_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_used", set())
    keep_secret("correct horse battery")
    keep_secret("key")
    assert without_secrets("The key correct horse battery is not known.") == "The key *** is not known."


@given(
    st.text(),
    st.text(string.ascii_letters + string.digits + "-_", min_size=8, max_size=40),
    st.sampled_from(["https://h/p?sig={}", "postgres://u:{}@h/d", "Authorization: Bearer {}", "api_key='{}'"]),
)
def test_whatever_stands_before_it_a_secret_is_hidden(before: str, secret: str, form: str) -> None:
    assert f"Q{secret}Q" not in without_secrets(f"{before} {form.format(f'Q{secret}Q')}")


@given(st.text())
def test_doing_it_twice_changes_nothing_more(text: str) -> None:
    assert without_secrets(without_secrets(text)) == without_secrets(text)


def test_the_log_has_none_either_not_even_in_a_traceback() -> None:
    error = ValueError(f"https://bucket/x?sig={BARE}")
    told = (type(error), error, None)
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "lost %s", (f"api_key={SECRET}",), told)
    assert "s3cr3t" not in LogFormatter("%(message)s").format(record)
