"""The result of an import, by name, as one message for the person who launched it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from callboard.jobs import Job
from callboard.studio.review.notices import list_names

#: What clients do -> how it is said of one, and of several.
_DEEDS = {
    "wrote": ("wrote a note", "wrote {} notes"),
    "edited": ("edited a note", "edited {} notes"),
    "deleted": ("deleted a note", "deleted {} notes"),
    "attached": ("added a file to a note", "added {} files to notes"),
    "detached": ("removed a file from a note", "removed {} files from notes"),
    "approved": ("approved", "approved"),
    "require_changes": ("requires changes", "requires changes"),
    "withdrew": ("took back a decision", "took back {} decisions"),
}
_DECISIONS = ("approved", "require_changes")
_CHECKPOINT = "news of the clients"
#: Versions, or phrases, that a message names one by one.
_SHOWN = 20


class News:
    """Everything that was imported, each thing once, however often it is added.

    Attributes:
        problems: A phrase for everything that could not be imported.
        kept: A phrase for everything that the studio changed, so that it stayed.
        replaced: A sentence for every status that the studio had set, and that a new decision replaced.
        notices: A phrase for everything in which the session there is new to differ from the studio's.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.kept: list[str] = []
        self.replaced: list[str] = []
        self.notices: list[str] = []
        self._deeds: dict[str, tuple[str, str, str]] = {}
        self._names: dict[str, str] = {}

    def add(self, thing: str, version: str, client: str, deed: str) -> None:
        """Add what a client did.

        Args:
            thing: The id of the note, file or decision.
            version: The name of the version that it is about.
            client: The client's name.
            deed: One of the keys of ``_DEEDS``.
        """
        self._deeds[f"{thing} {deed}"] = (version, client, deed)

    def rename(self, before: str, now: str) -> None:
        """Add that a client has another name now."""
        self._names[before] = now

    def has(self, thing: str, deed: str) -> bool:
        """Return whether that was added."""
        return f"{thing} {deed}" in self._deeds

    def drop(self, thing: str, deed: str) -> None:
        """Remove what could not be imported after all."""
        self._deeds.pop(f"{thing} {deed}", None)

    def merge(self, other: News) -> None:
        """Add everything that another one has."""
        self._deeds |= other._deeds
        self._names |= other._names
        self.problems += other.problems
        for own, more in ((self.kept, other.kept), (self.replaced, other.replaced), (self.notices, other.notices)):
            own += [phrase for phrase in more if phrase not in own]

    def remember(self, job: Job, more: News | None = None) -> None:
        """Keep it with the job's checkpoints, before what it reports is committed.

        Args:
            job: The job.
            more: What is being committed, and is not part of it before that.
        """
        both = News()
        for each in (self, more):
            if each is not None:
                both.merge(each)
        deeds = [[key, *deed] for key, deed in both._deeds.items()]
        job.remember(_CHECKPOINT, [deeds, both._names, both.kept, both.replaced, both.notices])

    @classmethod
    def recall(cls, job: Job) -> News:
        """Return what an attempt before a crash imported, without its problems, which are found again."""
        news = cls()
        remembered = job.recall(_CHECKPOINT)
        if remembered is not None:
            deeds, names, *phrases = remembered
            news._deeds = {key: (version, client, deed) for key, version, client, deed in deeds}
            news._names = dict(names)
            news.kept, news.replaced, news.notices = map(list, phrases)
        return news

    @property
    def message(self) -> str:
        """The message for the person."""
        parts = [self._counted(), *self._named(), *self.replaced[:_SHOWN]]
        if self.kept:
            parts.append(f"Kept as the studio has it: {_list(self.kept)}.")
        if self.notices:
            parts.append(f"In the clients' ftrack {_list(self.notices)}.")
        if self.problems:
            parts.append(f"Not imported: {_list(self.problems)}.")
        return " ".join(parts)

    def _counted(self) -> str:
        deeds = Counter(deed for _, _, deed in self._deeds.values())
        notes, decisions = deeds["wrote"], sum(deeds[deed] for deed in _DECISIONS)
        if notes or decisions:
            return f"Imported {_count(notes, 'note')} and {_count(decisions, 'decision')}."
        if self._deeds or self._names or self.kept:
            return "Imported what the clients changed."
        return "There is nothing new from the clients." if not self.notices else "There are no new notes or decisions."

    def _named(self) -> list[str]:
        """Return a sentence per version, and one about the clients' new names."""
        by_version: dict[str, dict[str, Counter[str]]] = {}
        for version, client, deed in self._deeds.values():
            by_version.setdefault(version, {}).setdefault(client, Counter())[deed] += 1
        sentences = [f"{version}: {_said(clients)}." for version, clients in list(by_version.items())[:_SHOWN]]
        if len(by_version) > _SHOWN:
            sentences.append(f"And {len(by_version) - _SHOWN} more versions.")
        if self._names:
            sentences.append(f"{list_names([f'{before} is {now} now' for before, now in self._names.items()])}.")
        return sentences


def _list(phrases: Iterable[str]) -> str:
    """Return phrases as one; of many only the first ones, since all of it stands in the description of a job."""
    shown = list(dict.fromkeys(phrases))
    more = [f"and {len(shown) - _SHOWN} more"] if len(shown) > _SHOWN else []
    return "; ".join([*shown[:_SHOWN], *more])


def _said(clients: dict[str, Counter[str]]) -> str:
    return "; ".join(
        f"{client} {list_names([_deed(deed, deeds[deed]) for deed in _DEEDS if deed in deeds])}"
        for client, deeds in clients.items()
    )


def _deed(deed: str, count: int) -> str:
    one, several = _DEEDS[deed]
    return one if count == 1 else several.format(count)


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"
