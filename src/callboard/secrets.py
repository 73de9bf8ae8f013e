"""Removal of secrets from texts that people read.

Errors quote addresses and answers of other programs, and end in the log, the history and the pages. A signature in an
address is enough to fetch or replace a studio's media, so it is a credential as well.
"""

from __future__ import annotations

import re

#: The text that replaces a secret.
HIDDEN = "***"

#: Names of values that are secret, in headers, JSON, keyword arguments, environment variables and addresses.
_NAME = (
    r"\b(?:[\w-]{0,60}(?:api[_-]?key|access[_-]?key(?:[_-]?id)?|secret|passw(?:or)?d|passphrase|token|credentials?"
    r"|signature|cookie|authorization)|sig|pwd)[\"']?\s*"
)
_QUOTED = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
_BARE = r"[^\s\"'&,;)\]}<>]"
#: Repetitions that may begin anywhere are bounded, so that the cost grows with the length of the text alone.
_RULES = [
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
        HIDDEN,
    ),
    # The query of an address: where signatures are, whatever their name. It may be quoted without its host.
    (re.compile(r"(?<=[\w/%.)~-])\?(?=[^\s\"'<>?=]*=)[^\s\"'<>]*[^\s\"'<>.,;:)\]}]"), f"?{HIDDEN}"),
    # The path of a Slack webhook is its credential.
    (re.compile(r"(hooks\.slack\.com/)\S*[\w/]"), rf"\g<1>{HIDDEN}"),
    # A password may hold a slash in a database's address, and an at sign anywhere.
    (
        re.compile(r"\b((?!https?:|wss?:)[a-z][a-z0-9+.-]{0,30}://[^\s:/@\"']{0,200}):[^\s\"']{0,500}@", re.IGNORECASE),
        rf"\1:{HIDDEN}@",
    ),
    (re.compile(r"\b([a-z][a-z0-9+.-]{0,30}://[^\s:/@\"']{0,200}):[^\s/\"']{0,500}@", re.IGNORECASE), rf"\1:{HIDDEN}@"),
    (re.compile(r"\b(Bearer|Basic|Digest)\s+[\w+/=.~-]{6,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    # A cookie or an Authorization header that is not quoted ends with its line.
    (re.compile(r"\b((?:Set-)?Cookie|Authorization)\s*:\s*(?![\"'])[^\r\n]+", re.IGNORECASE), rf"\1: {HIDDEN}"),
    (re.compile(rf"({_NAME}=\s*)(?:{_QUOTED}|{_BARE}+)", re.IGNORECASE), rf"\g<1>{HIDDEN}"),
    # After a colon a sentence may continue: a bare value has a digit, or is longer than words are.
    (re.compile(rf"({_NAME}:\s*)(?:{_QUOTED}|(?={_BARE}*\d|{_BARE}{{24}}){_BARE}+)", re.IGNORECASE), rf"\g<1>{HIDDEN}"),
    (re.compile(r"\bxox[a-z](?:\.xox[a-z])?-[\w-]+|\bxapp-[\w-]+"), HIDDEN),
    (re.compile(r"\bA(?:KIA|SIA)[0-9A-Z]{16}\b"), HIDDEN),
    (re.compile(r"\beyJ[\w-]{5,4000}\.[\w-]{5,4000}\.[\w-]*"), HIDDEN),
]

#: Secrets that this process uses, which have no form of their own; shorter ones would hide ordinary words.
_used: set[str] = set()
_SHORTEST = 8


def keep_secret(secret: str) -> None:
    """Hide a secret in all texts from now on.

    Args:
        secret: Such as an API key; one of fewer than 8 characters is not hidden where it stands alone.
    """
    if len(secret) >= _SHORTEST:
        _used.add(secret)


def without_secrets(text: str) -> str:
    """Return a text without credentials and without the signatures in addresses.

    Applied to every error that is stored and to every line of the log. Doing it twice changes nothing more.

    Args:
        text: Any text.
    """
    for secret in tuple(_used):
        text = text.replace(secret, HIDDEN)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
