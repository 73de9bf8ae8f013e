"""The story in the terminal, and the verification of every claim in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Console
from rich.markup import escape
from rich.rule import Rule

T = TypeVar("T")


@dataclass
class Teller:
    """Prints what happens, and counts what was verified.

    Attributes:
        console: Where the story is printed.
        wait: Called between two parts of the day.
        verified: How many claims held.
        broken: The claims that did not hold.
    """

    console: Console
    wait: Callable[[], object] = lambda: None
    verified: int = 0
    broken: list[str] = field(default_factory=list)
    _begun: bool = False

    def act(self, title: str) -> None:
        """Begin a part of the day."""
        if self._begun:
            self.wait()
        self._begun = True
        self.console.print()
        self.console.print(Rule(f"[bold]{escape(title)}[/]", align="left", style="blue"))

    def person(self, name: str, deed: str) -> None:
        """Print what a person does in ftrack."""
        self.console.print(f"[bold cyan]{escape(name)}[/] {escape(deed)}", soft_wrap=True)

    def callboard(self, sentence: str) -> None:
        """Print what Callboard recorded in its history."""
        self.console.print(f"  [magenta]Callboard[/] {escape(sentence)}", soft_wrap=True)

    def quote(self, sender: str, text: str) -> None:
        """Print a message as it was received."""
        self.console.print(f"  [yellow]{escape(sender)}[/] {escape(text)}", soft_wrap=True)

    def verify(self, claim: str, condition: Callable[[], T], seconds: float = 20) -> T | None:
        """Wait until *condition* is true, and print whether the claim holds.

        Args:
            claim: A sentence that is true if the condition is.
            condition: Looks at the servers or the disk again at every call; an AssertionError means no.
            seconds: How long to wait.

        Returns:
            The result of *condition*, or None if it never held.
        """
        deadline = time.monotonic() + seconds
        began = time.monotonic()
        last = ""
        while True:
            try:
                result = condition()
            except AssertionError as error:
                result, last = None, str(error)
            if result:
                took = time.monotonic() - began
                self.verified += 1
                waited = f" [dim]({took:.1f} s)[/]" if took > 0.1 else ""
                self.console.print(f"  [green]✓[/] {escape(claim)}{waited}", soft_wrap=True)
                return result
            if time.monotonic() > deadline:
                self.fail(f"{claim} ({last})" if last else claim)
                return None
            time.sleep(0.05)

    def fail(self, claim: str) -> None:
        """Print that a claim does not hold."""
        self.broken.append(claim)
        self.console.print(f"  [bold red]✗ {escape(claim)}[/]", soft_wrap=True)
