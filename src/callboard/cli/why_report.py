"""The explanations of ``callboard why`` for people: a tree for each automation."""

from __future__ import annotations

from collections.abc import Iterable

from rich.markup import escape
from rich.tree import Tree

from callboard.cli.common import in_studio_time, output
from callboard.explain.as_json import explanation_as_json
from callboard.explain.tree import AutomationAnswer, Condition, Explanation, Fix, Verdict
from callboard.settings import Settings

_MARKS = {"yes": "[green]yes[/]", "no": "[bold red]no[/]", "unknown": "[yellow]?[/]"}
#: What needs nobody to do anything.
_QUIET = {"done", "running", "status", "not launched", "nothing happened", "soon", "kind"}
#: Changes that people are shown.
_SHOWN = 10


def print_explanation(explanation: Explanation, settings: Settings) -> None:
    """Print an explanation."""
    for tree in (_overview(explanation), *map(_automation, explanation.automations)):
        output.print(tree, soft_wrap=True)
    _print_rest(explanation, settings)


def _overview(explanation: Explanation) -> Tree:
    about = explanation.about
    name = " ".join(filter(None, [about.project, about.type, about.parent, about.name or about.id]))
    tree = Tree(f"[bold]{escape(name)}[/]: {_said(explanation.verdict)}")
    _add(tree, explanation.conditions)
    return tree


def _automation(answer: AutomationAnswer) -> Tree:
    number = f" [dim](last run: {answer.run})[/]" if answer.run is not None else ""
    tree = Tree(f"[bold]{answer.name}[/]: {_said(answer.verdict)}{number}")
    _add(tree, answer.conditions)
    return tree


def _said(verdict: Verdict) -> str:
    text = escape(verdict.sentence)
    return text if verdict.cause.value in _QUIET else f"[yellow]{text}[/]"


def _add(tree: Tree, conditions: Iterable[Condition]) -> None:
    for each in conditions:
        branch = tree.add(f"{_MARKS[each.answer.value]}  {each.question} [dim]{escape(each.sentence)}[/]")
        if each.answer.value != "yes" and each.fix is not None:
            branch.add(_fixed_by(each.fix))


def _fixed_by(fix: Fix) -> str:
    command = f" [bold]{escape(fix.command)}[/]" if fix.command else ""
    return f"→ {escape(fix.text)}{command}"


def _print_rest(explanation: Explanation, settings: Settings) -> None:
    if explanation.others:
        output.print(f"[dim]Look at other things: {', '.join(explanation.others)}.[/]", soft_wrap=True)
    seen = explanation_as_json(explanation)["seen"]
    for each in seen[:_SHOWN]:
        came = [f"{name} {run['state']} (run {run['id']})" for name, run in each["runs"].items()]
        what = each["kind"] if each["status"] is None else f"status {each['status']}"
        because = f" (run {each['because']})" if each["because"] is not None else ""
        line = f"{in_studio_time(settings, each['at'])}  {what} {'by ' + each['by'] if each['by'] else ''}{because}"
        output.print(escape(f"{line}  {', '.join(came)}".rstrip()), soft_wrap=True)
    if explanation.more or len(seen) > _SHOWN:
        about = explanation.about
        output.print(f"[dim]Older: callboard runs --entity {escape(about.type)}:{escape(about.id)}[/]", soft_wrap=True)
