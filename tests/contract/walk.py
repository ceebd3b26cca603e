"""Walks the README's tour with the Python client that is generated from the OpenAPI document: walk.py URL DATA

DATA is the server's folder: the operator's key and the outbox lie there. Ends with 1 and what was otherwise than
promised. mypy checks it with the client's types."""

import sys
import time
from pathlib import Path
from typing import NoReturn, TypeVar, cast

from rollcall_client import AuthenticatedClient, Client
from rollcall_client.api.commands import (
    accept_invite,
    complete_setup,
    deactivate_user,
    import_records,
    invite_partner,
    invite_user,
    leave_account,
    open_account,
    start_session,
)
from rollcall_client.api.log_and_server import events, offered_invitation, user_history
from rollcall_client.api.queries import account_central, users
from rollcall_client.models import (
    AcceptInvite,
    AccountCentralAnswer,
    CommandAnswer,
    CompleteSetup,
    DeactivateUser,
    DeactivateUserBasisType0,
    DeactivateUserPlanType0Item,
    DeactivateUserPlanType0ItemKind,
    DeactivateUserPlanType0ItemMode,
    DryRunAnswer,
    EventsAnswer,
    ImportRecords,
    ImportRecordsKind,
    InvitePartner,
    InviteUser,
    LeaveAccount,
    LeaveAccountResponse409,
    LeaveAccountResponse409Code,
    OfferedInvitationAnswer,
    OpenAccount,
    ReassignmentMap,
    StartSession,
    UserHistoryAnswer,
    UserRow,
    UserRowStatus,
    UsersAnswer,
    UsersResponse401,
    UsersResponse401Code,
    UsersStatusItem,
)

PASSWORD = "correct horse battery"
ACCOUNT = "tour-py"

T = TypeVar("T")


def fail(what: str) -> NoReturn:
    sys.exit(f"walk.py, line {sys._getframe(2).f_lineno}: {what}")


def expect(answer: object, kind: type[T]) -> T:
    if not isinstance(answer, kind):
        fail(f"wanted {kind.__name__}, got {answer}")
    return answer


def check(holds: bool, what: str) -> None:
    if not holds:
        fail(what)


def fact(answer: object, event: str) -> dict[str, object]:
    """The data of the first event of this type that a command's answer tells of."""
    for one in expect(answer, CommandAnswer).events:
        if one.type_ == event:
            return one.data.additional_properties
    fail(f"no {event} in {answer}")


def token_in_outbox(data: Path, letter: str) -> str:
    file = data / "outbox" / f"{letter}.eml"
    for _ in range(300):
        for word in file.read_text().split() if file.exists() else []:
            if letter + "." in word and "@" not in word:
                return word[word.index(letter) :]
        time.sleep(0.1)
    fail(f"no letter {file}")


def main(url: str, data: Path) -> None:
    nobody = Client(base_url=url)
    # The generator has no type for a client that may, but need not, bring a credential.
    guest = cast(AuthenticatedClient, nobody)
    operator = AuthenticatedClient(base_url=url, token=(data / "operator.key").read_text().strip())

    def signed_in(email: str) -> AuthenticatedClient:
        answer = start_session.sync(client=nobody, body=StartSession(email=email, password=PASSWORD))
        token = expect(answer, CommandAnswer).token
        return AuthenticatedClient(base_url=url, token=expect(token, str))

    # An account is opened, and its owner comes in by the letter.
    opened = open_account.sync(
        client=operator,
        body=OpenAccount(ACCOUNT, "A tour", "olga@tour-py.example", seat_limit=5, owner_name="Olga"),
        idempotency_key="the tour in Python",
    )
    person = fact(opened, "AccountOpened")["owner_person"]
    token = token_in_outbox(data, f"{person}.1")
    complete_setup.sync(client=guest, body=CompleteSetup(token=token, accept_terms=True, password=PASSWORD))
    owner = signed_in("olga@tour-py.example")

    # A partner is invited, reads what she is offered, accepts, and is in.
    invited = invite_partner.sync(client=owner, body=InvitePartner(ACCOUNT, "nina@newcoach.example"))
    invitation = fact(invited, "PartnerInvited")["invitation"]
    token = token_in_outbox(data, f"{invitation}.1")
    offer = expect(offered_invitation.sync(token, client=guest), OfferedInvitationAnswer)
    check(offer.account_name == "A tour" and not offer.sign_in_required, f"another offer: {offer}")
    accepted = accept_invite.sync(
        client=guest, body=AcceptInvite(token=token, accept_terms=True, password=PASSWORD, display_name="Nina")
    )
    nina = expect(fact(accepted, "MembershipActivated")["membership"], str)
    partner = signed_in("nina@newcoach.example")
    position = expect(accepted, CommandAnswer).size - 1
    central = expect(account_central.sync(client=partner, rollcall_min_position=position), AccountCentralAnswer)
    check([card.account for card in central.accounts] == [ACCOUNT], f"another Account Central: {central}")

    # The list, page by page: five who are invited, the owner and the partner.
    for number in range(4):
        invited = invite_partner.sync(client=owner, body=InvitePartner(ACCOUNT, f"p{number}@tour-py.example"))
        expect(invited, CommandAnswer)
    una = invite_user.sync(client=owner, body=InviteUser(ACCOUNT, "una@tour-py.example", first_name="Una"))
    position = expect(una, CommandAnswer).size - 1
    rows: list[UserRow] = []
    page = expect(users.sync(ACCOUNT, client=owner, limit=3, rollcall_min_position=position), UsersAnswer)
    rows += page.users
    while page.next_ is not None:
        page = expect(users.sync(ACCOUNT, client=owner, limit=3, cursor=page.next_), UsersAnswer)
        rows += page.users
    check(len(rows) == 7 and len({row.id for row in rows}) == 7, f"{len(rows)} rows on the pages, not 7")
    check(page.pending_invitations == 5 and page.seats.limit == 5, f"other counts: {page}")

    # Who is nobody is told so, by a code that has a type.
    strange = users.sync(ACCOUNT, client=guest)
    check(expect(strange, UsersResponse401).code is UsersResponse401Code.NOT_AUTHENTICATED, f"another code: {strange}")

    # A partner who still holds contacts cannot leave.
    imported = import_records.sync(
        client=operator, body=ImportRecords(ACCOUNT, ImportRecordsKind.CONTACT, ["c1", "c2", "c3"], owner=nina)
    )
    expect(imported, CommandAnswer)
    refused = expect(leave_account.sync(client=partner, body=LeaveAccount(ACCOUNT, confirm=True)), LeaveAccountResponse409)
    match refused.code:
        case LeaveAccountResponse409Code.HAS_ASSIGNED_CONTACTS:
            check(refused["contacts"] == 3, f"another count: {refused}")
        case _:
            fail(f"another code: {refused}")

    # The owner deactivates her: what would be, then what is.
    plan = DeactivateUserPlanType0Item(
        kind=DeactivateUserPlanType0ItemKind.CONTACT, mode=DeactivateUserPlanType0ItemMode.UNASSIGN, allocations=[]
    )
    basis = DeactivateUserBasisType0(contacts=3, leads=0, tasks=0)
    order = DeactivateUser(ACCOUNT, nina, basis, plan=[plan], confirm_irreversible=True)
    tried = expect(deactivate_user.sync(client=owner, body=order, dry_run=True), DryRunAnswer)
    planned = expect(tried.map_, ReassignmentMap)
    check(tried.dry_run and planned.records == 3 and planned.digest is not None, f"another map: {tried}")
    done = deactivate_user.sync(client=owner, body=order, rollcall_reason="engagement ended")
    fact(done, "UserDeactivated")
    position = expect(done, CommandAnswer).size - 1
    ended = users.sync(ACCOUNT, client=owner, status=[UsersStatusItem.ENDED], rollcall_min_position=position)
    gone = expect(ended, UsersAnswer).users
    check([row.id for row in gone] == [nina] and gone[0].status is UserRowStatus.ENDED, f"another list: {gone}")

    # And history answers.
    history = expect(user_history.sync(ACCOUNT, nina, client=owner, limit=50), UserHistoryAnswer)
    types = [one.type_ for one in history.events]
    check({"PartnerInvited", "MembershipActivated", "UserDeactivated"} <= set(types), f"another history: {types}")
    seen, position = 0, 0
    while True:
        log = expect(events.sync(client=operator, from_=position, limit=7), EventsAnswer)
        seen, position = seen + len(log.events), log.next_
        if log.at_end:
            break
    check(seen == log.size, f"{seen} of {log.size} events on the pages of the log")
    print(f"walked: {len(rows)} users on pages, {len(types)} events of history, {seen} of the log")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
