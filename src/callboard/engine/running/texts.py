"""Texts that every database takes."""


def readable(text: str) -> str:
    """Return a text without what no database takes: bytes of file names that are not text, and zeros, are escaped."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
