"""The actions menu: asks over the event hub who offers what for a selection, launches it, and shows the answers.

As ftrack's web client does, it publishes ``ftrack.action.discover``, and then ``ftrack.action.launch`` with all that
the listener gave with its item. Nothing but the hub is between a page and an action.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from callboard_pages.headers import POLICY
from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.web.pages.answers import Answer, Offer, offers, origin, read_answer
from ftrack_sandbox.web.pages.forms import Form, WrongValuesError, refilled, values_of
from ftrack_sandbox.web.pages.hub_client import Question
from ftrack_sandbox.web.pages.selection import read_selection
from ftrack_sandbox.web.pages.visit import Visit, page

DISCOVER, LAUNCH = "ftrack.action.discover", "ftrack.action.launch"
#: Seconds for which answers to either are collected.
PATIENCE = {DISCOVER: 2.0, LAUNCH: 60.0}
#: Seconds that a page itself waits before it shows what there is; what comes later comes into it.
_FIRST_LOOK = {DISCOVER: 2.0, LAUNCH: 1.5}
#: Seconds without another answer after which the page is shown.
_QUIET = 0.15
_MOST_ICONS = 50


@dataclass(frozen=True)
class Shown:
    """An answer on a page.

    Attributes:
        answer: What it says.
        sender: The user whose program answered.
        mistakes: What is wrong in the form that was filled in, by field.
    """

    answer: Answer
    sender: str
    mistakes: Mapping[str, str]


def _explain(visit: Visit) -> Response:
    return visit.render("actions.html", question=None, about={}, waiting=False, offered=(), several=False)


def _offer(visit: Visit) -> str:
    """Ask who offers what for a selection."""
    selection = read_selection(visit.client, [str(each) for each in visit.form.getlist("on")])
    data = {"selection": [{"entityId": each.id, "entityType": each.hub_type} for each in selection]}
    question = visit.site.hub.ask(visit.client.username, DISCOVER, data, {"selection": selection})
    return f"/actions/{question.id}"


def _show(visit: Visit) -> Response:
    """Show the menu, or the answers to a launch."""
    question = visit.site.hub.question(visit.id, visit.client.username)
    asked = time.monotonic() - question.asked_at
    visit.site.hub.wait(question, max(0.0, _FIRST_LOOK[question.topic] - asked), _QUIET)
    over = time.monotonic() - question.asked_at >= PATIENCE[question.topic]
    if question.topic == DISCOVER:
        return _show_menu(visit, question, waiting=not over)
    return _show_answers(visit, question, waiting=not over and not question.replies)


def _show_menu(visit: Visit, question: Question, *, waiting: bool) -> Response:
    offered = [
        (f"{number}-{place}", offer, _sender(reply.source))
        for number, reply in enumerate(question.replies)
        for place, offer in enumerate(offers(reply.data))
    ]
    response = visit.render(
        "actions.html",
        question=question,
        about=question.about,
        waiting=waiting,
        offered=offered,
        several=len({sender for _, _, sender in offered}) > 1,
    )
    icons = sorted({origin(offer.icon) for _, offer, _ in offered[:_MOST_ICONS] if offer.icon})
    # Icons come from the servers that offer the actions, and pictures from nowhere else.
    response.headers["Content-Security-Policy"] = POLICY.replace("img-src", " ".join(["img-src", *icons]))
    return response


def _show_answers(visit: Visit, question: Question, *, waiting: bool) -> Response:
    shown = []
    for number, reply in enumerate(question.replies):
        answer = read_answer(reply.data, str(visit.request.base_url), f"item-{number}")
        mistakes: Mapping[str, str] = {}
        if answer.form is not None and visit.refusal is not None and visit.text("answer") == str(number):
            answer, mistakes = _with_mistakes(visit, answer, answer.form)
        shown.append(Shown(answer, _sender(reply.source), mistakes))
    titles = [each.answer.form.title for each in shown if each.answer.form is not None and each.answer.form.title]
    response = visit.render(
        "launched.html",
        question=question,
        about=question.about,
        title=next(iter(titles), question.about["label"]),
        waiting=waiting,
        shown=shown,
    )
    frame_widgets(response)
    return response


def frame_widgets(response: Response) -> None:
    """Allow a page to show widgets of this server in frames."""
    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"


def _with_mistakes(visit: Visit, answer: Answer, form: Form) -> tuple[Answer, Mapping[str, str]]:
    try:
        values_of(form, visit.form)
        mistakes: Mapping[str, str] = {}
    except WrongValuesError as error:
        mistakes = error.sentences
    return Answer(answer.success, answer.message, refilled(form, visit.form), answer.widget), mistakes


def _launch(visit: Visit) -> str:
    """Launch an action of the menu."""
    question = visit.site.hub.question(visit.id, visit.client.username)
    offer = _chosen(question, visit.text("offer"))
    data = {**offer.item, "selection": question.data["selection"]}
    return _publish_launch(visit, data, {**question.about, "label": offer.label, "variant": offer.variant})


def _submit(visit: Visit) -> str:
    """Send back the form of an answer: the same launch again, with the values."""
    question = visit.site.hub.question(visit.id, visit.client.username)
    replies = {str(number): reply.data for number, reply in enumerate(question.replies)}
    number = visit.text("answer")
    answer = read_answer(replies.get(number), str(visit.request.base_url), f"item-{number}")
    if answer.form is None:
        raise ValidationError("There is no such form; open the actions again.")
    data = {name: value for name, value in question.data.items() if name != "values"}
    return _publish_launch(visit, {**data, "values": values_of(answer.form, visit.form)}, question.about)


def _publish_launch(visit: Visit, data: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    return f"/actions/{visit.site.hub.ask(visit.client.username, LAUNCH, data, about).id}"


def _chosen(question: Question, key: str) -> Offer:
    for number, reply in enumerate(question.replies):
        for place, offer in enumerate(offers(reply.data)):
            if key == f"{number}-{place}":
                return offer
    raise ValidationError("That action is no longer offered; open the actions again.")


def _sender(source: Mapping[str, Any]) -> str:
    user = source.get("user")
    return str(user.get("username") or "") if isinstance(user, Mapping) else ""


def _show_prompt(visit: Visit) -> Response:
    """Show on a page of its own what an action shows to somebody: widgets need that."""
    prompt = visit.site.hub.prompt(visit.id, visit.client.username)
    answer = read_answer(prompt.data, str(visit.request.base_url), f"prompt-{prompt.id}")
    mistakes: Mapping[str, str] = {}
    if answer.form is not None and visit.refusal is not None:
        answer, mistakes = _with_mistakes(visit, answer, answer.form)
    response = visit.render("prompt.html", prompt=prompt, answer=answer, mistakes=mistakes)
    frame_widgets(response)
    return response


def _close_prompt(visit: Visit) -> str:
    visit.site.hub.close_prompt(visit.id, visit.client.username)
    back = visit.text("back")
    return back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"


def _submit_prompt(visit: Visit) -> str:
    """Launch the action that showed a form, with its values."""
    prompt = visit.site.hub.prompt(visit.id, visit.client.username)
    answer = read_answer(prompt.data, str(visit.request.base_url), f"prompt-{prompt.id}")
    if answer.form is None:
        raise ValidationError("This message has no form.")
    given = {name: prompt.data[name] for name in ("actionIdentifier", "selection") if name in prompt.data}
    values = values_of(answer.form, visit.form)
    about = {"selection": (), "label": answer.form.title or "Form", "variant": ""}
    address = _publish_launch(visit, {"selection": [], **given, "values": values}, about)
    visit.site.hub.close_prompt(prompt.id, visit.client.username)
    return address


ROUTES = [
    Route("/actions", page(_explain, {"offer": _offer}), methods=["GET", "POST"]),
    Route("/actions/{id}", page(_show, {"launch": _launch, "submit": _submit}), methods=["GET", "POST"]),
    Route("/prompts/{id}", page(_show_prompt, {"close": _close_prompt, "submit": _submit_prompt}),
          methods=["GET", "POST"]),
]  # fmt: skip
