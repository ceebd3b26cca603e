// What can have happened: one struct per fact in facts/, with its stored name and version and its fields in the order
// of the stored bytes. A released struct is never edited. A change is a new version beside it with an `upcast`
// (events/catalogue.hpp), and tests/golden/ keeps the bytes of every version ever written. Personal data is `Personal`,
// sealed under the key of the person it is about.
#pragma once

#include "events/facts/access_keys.hpp"
#include "events/facts/accounts.hpp"
#include "events/facts/invitations.hpp"
#include "events/facts/log.hpp"
#include "events/facts/mail.hpp"
#include "events/facts/memberships.hpp"
#include "events/facts/permissions.hpp"
#include "events/facts/persons.hpp"
#include "events/facts/records.hpp"
#include "events/facts/second_factor.hpp"
#include "events/facts/teams.hpp"
#include "events/one_of.hpp"

namespace rollcall {

// Every fact, in its current version. Stored by name, so the order here means nothing.
struct AllEvents
    : Types<LogCreated, CommandRejected, AccountOpened, SeatLimitChanged, SeatTaken, SeatFreed, UserInvited,
            PartnerInvited, InvitationMailQueued, InvitationResent, InvitationRevoked, InvitationDeclined,
            InvitationExpired, InvitationAccepted, MembershipActivated, GroupJoined, GroupLeft, AccountLabelSet,
            DeactivationStarted, UserDeactivated, LeavingStarted, PartnerLeft, RecordsImported, RecordRegistered,
            RecordAssigned, RecordsUnassigned, TaskCompleted, TaskReopened, NoteAdded, ReassignmentStarted,
            RecordsReassigned, ReassignmentCompleted, CompletedTasksRemoved, SetupLinkIssued, IdentityRegistered,
            TermsAccepted, PasswordSet, SessionStarted, SessionEnded, SessionsRevoked, SignInsFailed, AccessExpired,
            ClockConfirmed, RebuildOrdered, RefusalsCounted, ResetLinkIssued, BulkActionCompleted, AccessKeyCreated,
            AccessKeysRevoked, AccessKeyUsed, SecondFactorOffered, SecondFactorEnabled, SecondFactorUsed,
            SecondFactorRemoved, PolicyChanged, NameChanged, EmailChangeRequested, EmailReleased, EmailChanged,
            PasswordChangeDemanded, SessionConfirmed, MailSent, MailDeferred, MailFailed, AddressBounced, NewDeviceSeen,
            SigningKeyRotated, WrappingKeyRotated, AccountConfigured, OwnershipTransferred, UserReactivated, UserFrozen,
            UserUnfrozen, AccessEndChanged, IdentityUnlinked, HandOverRequested, PartnerCertified, CertificationEnded,
            GlobalPermissionsChanged, PermissionsChanged, PermissionsCloned, RoleCreated, RoleChanged, RoleRetired,
            RoleAssigned, TeamCreated, TeamRenamed, TeamDissolved, TeamPlaceStarted, TeamPlaceEnded, RecordShared,
            RecordUnshared> {};
using Event = OneOf<AllEvents>;

// Every version ever written: today's facts, and the structs they took the place of.
template <class Sum, class Current, class... Old>
class Catalogue;
using EventVersions = Catalogue<Event, AllEvents::All, CommandRejectedV1, PasswordSetV1>;

}  // namespace rollcall
