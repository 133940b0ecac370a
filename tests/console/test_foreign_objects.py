"""SEC-26: every route that names an object, for every role, with an object of somebody else.

The routes come from the registry. A name in an address that is not in `scene` fails, and so does a
route that lets others further than `OPEN_TO_OTHERS` says.
"""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.cases import CaseKind
from bot.data_requests import Asked, note_request
from bot.duty_models import DutyShift
from bot.question_models import QuestionGroup
from hub.config import Config
from hub.console.frame import Route
from hub.console.pages import PAGES
from hub.staff.models import PendingAct, StaffMember, StaffSession
from hub.staff.powers import Powers, request_powers
from hub.staff.roles import Role, permissions_of
from hub.staff.second_person import request_act
from hub.staff.tokens import Grant, Scope, grant_token
from tests.console import answers, cases, questions, services, updates
from tests.console.conftest import Client, ConsoleHarness
from tests.console.test_contacts import add_person

_NAME = re.compile(r"\{(\w+)(?::path)?\}")
# What ends an object comes last, so that the acts before it meet one that is open.
OBJECT_ROUTES = sorted(
    (route for route in PAGES if _NAME.search(route.path)),
    key=lambda route: (
        route.path.endswith(("/refuse", "/withdraw", "/revoke", "/disable", "/close"))
        + route.path.endswith("/refuse")
    ),
)
# What names no object of anybody: files, districts, every other address, and links, whose token
# is the right itself.
NO_OBJECTS = {
    "/static/{name:path}",
    "/updates/areas/{code}",
    "/{rest:path}",
    "/welcome/{token}",
    "/welcome/{token}/open",
}
# Where the permission alone is enough, and why. Everything else is 403 or 404 for others. Whether
# the act itself then refuses (nobody verifies for another sub-group or approves their own) is told
# by the tests of each page.
OPEN_TO_OTHERS = {
    "content is written by many hands, and verified by its owners": {
        "/answers/{answer_id}",
        "/answers/{answer_id}/edit",
        "/answers/{answer_id}/edit/check",
        "/answers/{answer_id}/edit/save",
        "/answers/{answer_id}/submit",
        "/answers/{answer_id}/phones",
        "/answers/{answer_id}/verify",
        "/answers/{answer_id}/check",
        "/answers/{answer_id}/send-back",
        "/services/{service_id}",
        "/services/{service_id}/edit",
        "/services/{service_id}/edit/save",
        "/services/{service_id}/recheck",
        "/services/{service_id}/verify",
    },
    "what is wrong or closed today is said by whoever sees it first": {
        "/answers/{answer_id}/withdraw",
        "/services/{service_id}/withdraw",
        "/services/{service_id}/condition",
        "/services/{service_id}/condition/end",
    },
    "questions name nobody, and their owner is found by sorting them": {
        "/questions/{group_id}",
        "/questions/{group_id}/learn",
        "/questions/{group_id}/assign",
        "/questions/{group_id}/answered",
        "/questions/{group_id}/aside",
        "/questions/{group_id}/reopen",
        "/questions/{group_id}/delete-words",
        "/questions/{group_id}/join",
        "/questions/{group_id}/askers",
        "/questions/{group_id}/askers/tell",
        "/questions/{group_id}/call-off",
    },
    "the roster is everybody's who may stand on it": {"/duty/{shift_id}/remove"},
    "a request about somebody's data names nobody, and any administrator may end it": {
        "/data-requests/{number}/close",
    },
    "an update is the platform's: read by all, stopped by whoever can, approved by a second": {
        "/updates/{update_id}",
        "/updates/{update_id}/edit",
        "/updates/{update_id}/edit/save",
        "/updates/{update_id}/submit",
        "/updates/{update_id}/withdraw",
        "/updates/{update_id}/correct",
        "/updates/{update_id}/results",
        "/updates/{update_id}/results.csv",
        "/updates/{update_id}/results/retry",
        "/updates/{update_id}/progress",
        "/updates/{update_id}/undo",
        "/updates/{update_id}/pause",
        "/updates/{update_id}/resume",
        "/updates/{update_id}/stop",
        "/updates/{update_id}/try",
        "/updates/{update_id}/check",
        "/updates/{update_id}/approve",
        "/updates/{update_id}/send-back",
    },
    "complaints go to focal points, whatever their sub-group": {
        "/complaints/{case_id}",
        "/complaints/{case_id}/open",
        "/complaints/{case_id}/take",
        "/complaints/{case_id}/give-back",
        "/complaints/{case_id}/answer",
        "/complaints/{case_id}/note",
        "/complaints/{case_id}/close",
        "/complaints/{case_id}/pass-on",  # refused for what it is about, not for whose it is
    },
    "administrators keep all accounts and tokens, and decide what others ask for": {
        "/staff/{staff_id}",
        "/staff/{staff_id}/invite",
        "/staff/{staff_id}/restore",
        "/staff/{staff_id}/powers",
        "/staff/{staff_id}/disable",
        "/staff/{staff_id}/enable",
        "/staff/{staff_id}/end-sessions",
        "/organisations/{organisation_id}",
        "/organisations/{organisation_id}/change",
        "/organisations/{organisation_id}/close",
        "/organisations/{organisation_id}/open",
        "/requests/{act_id}",
        "/requests/{act_id}/approve",
        "/requests/{act_id}/refuse",
        "/api-access/{token_id}",
        "/api-access/{token_id}/show",
        "/api-access/{token_id}/revoke",
        "/contacts/blocks/{staff_id}/lift",
        "/contacts/exports/{act_id}",  # a button; taking is for whoever asked
        "/contacts/exports/{act_id}/take",
    },
}


@pytest.fixture
async def scene(console: ConsoleHarness) -> dict[str, str]:
    """Ids of objects of Zoe and Ana, who belong to another sub-group, by the name in addresses."""
    everybody = await console.add_staff("zoe", *Role, sub_groups=("protection",))
    await console.sign_in("zoe")
    now = console.clock.now()
    async with console.database.write() as session:
        answer = await answers.add_in_review(session, everybody, now)
        zoe = await session.get_one(StaffMember, everybody)
        wanted = Powers.chosen([], ["protection", "education"])
        asked = request_powers(zoe, Powers.chosen(zoe.roles, wanted.sub_groups), "why")
        await request_act(session, asked, zoe, now)
    await questions.add_question(console)
    groups = await questions.group_questions(console)
    found = {
        "answer_id": answer,
        "service_id": (await services.import_services(console))["border"],
        "cases case_id": await cases.add_case(console, reason="documents"),
        "complaints case_id": await cases.add_case(console, CaseKind.COMPLAINT, reason=None),
        "update_id": await updates.add_in_review(console),
        "group_id": groups[0].id,
        "staff_id": everybody,
        "organisation_id": zoe.organisation_id,
        "contact_id": await add_person(console),
    }
    settings = Config().data_requests
    async with console.database.write() as session:
        request = await note_request(session, Asked.ACCESS, now, settings, actor=everybody, now=now)
        found["data-requests number"] = str(request.number)
    async with console.database.write() as session:
        shift = DutyShift(
            staff_id=everybody, starts_at=now, ends_at=now + timedelta(hours=8), noted_by=everybody
        )
        session.add(shift)
        await session.flush()
        found["shift_id"] = shift.id
    async with console.database.write() as session:  # with words of staff, so that it stays
        (await session.get_one(QuestionGroup, groups[0].id)).wording = "Gatos en el bus"
    grant = Grant("Directorio", zoe.organisation_id, tuple(Scope), now + timedelta(days=30))
    async with console.database.write() as session:
        token = await grant_token(
            session, grant, requested_by=everybody, approved_by=console.ids["ana"], now=now
        )
        found["token_id"] = token.id
    async with console.database.read() as session:
        found["act_id"] = str(await session.scalar(sa.select(PendingAct.id)))
        found["session_id"] = str(await session.scalar(sa.select(StaffSession.id)))
    return found


def fill_in(route: Route, scene: dict[str, str]) -> str:
    """The address of the route with the scene's object; a name that nobody knows is an error."""
    [name] = _NAME.findall(route.path)
    key = name if name in scene else f"{route.path.split('/')[1]} {name}"
    return _NAME.sub(scene[key], route.path)


async def knock(client: Client, route: Route, address: str) -> int:
    if route.method == "GET":
        return (await client.get(address)).status_code
    return (await client.act(address, reason="why", comment="why")).status_code


async def test_what_belongs_to_others_stays_theirs_but_for_what_is_declared(
    console: ConsoleHarness, scene: dict[str, str]
) -> None:
    # SEC-26
    let_in = set()
    for role in Role:
        await console.add_staff(f"stranger_{role}", role, sub_groups=("education",))
        stranger = await console.sign_in(f"stranger_{role}")
        for route in OBJECT_ROUTES:
            if route.path in NO_OBJECTS or route.permission not in permissions_of([role]):
                continue
            status = await knock(stranger, route, fill_in(route, scene))
            assert status < 500, route
            let_in |= {route.path} if status not in (403, 404) else set()
    declared: set[str] = set().union(*OPEN_TO_OTHERS.values())
    assert let_in - declared == set(), "open to others by omission"
    assert declared - let_in == set(), "declared as open, and is not"
