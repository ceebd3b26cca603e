// All that can be asked for. Each command lies with its aggregate: a struct that is described once, with who may ask,
// how it can be refused, and its decider declared below it. The HTTP body, the OpenAPI document and the options of
// `rollcall do` come from there.
#pragma once

#include "domain/access_keys/commands.hpp"
#include "domain/accounts/commands.hpp"
#include "domain/invitations/commands.hpp"
#include "domain/mail/commands.hpp"
#include "domain/memberships/commands.hpp"
#include "domain/operations/commands.hpp"
#include "domain/permissions/commands.hpp"
#include "domain/persons/commands.hpp"
#include "domain/records/commands.hpp"
#include "domain/teams/commands.hpp"
#include "events/one_of.hpp"

namespace rollcall {

struct AllCommands
    : Types<OpenAccount, CompleteSetup, ChangeSeatLimit, InviteUser, AddToGroup, RemoveFromGroup, InvitePartner,
            ResendInvitation, RevokeInvitation, DeclineInvitation, ExpireInvitation, ExpireAccess, AcceptInvite,
            ImportRecords, RegisterRecord, AssignRecord, UnassignRecords, CompleteTask, ReopenTask, AddNote,
            ReassignRecords, DeactivateUser, LeaveAccount, ConfigureAccount, StartSession, EndSession,
            RecordFailedSignIns, RecordRefusals, ConfirmClock, OrderRebuild, ResendSetupLink, RequestPasswordReset,
            ResetPassword, ChangePassword, EndSessions, ForceLogout, CreateAccessKey, RotateAccessKey, RevokeAccessKey,
            RecordKeyUse, OfferSecondFactor, EnableSecondFactor, RemoveSecondFactor, ResetSecondFactor, SetPolicy,
            DemandPasswordChange, ChangeName, ChangeEmail, ConfirmEmail, ConfirmSession, EndIdleSessions, RecordMail,
            ReportBounce, RecordSigningKey, RecordWrappingKey, TransferOwnership, RequestHandOver, ReactivateUser,
            FreezeUser, UnfreezeUser, EndFreeze, ExtendAccess, ShortenAccess, UnlinkIdentity, CertifyPartner,
            EndCertification, SetGlobalPermissions, SetPartnerPermissions, EditUserPermissions, ClonePermissions,
            CreateRole, ChangeRole, AssignRole, RetireRole, CreateTeam, RenameTeam, DissolveTeam, AddTeamManager,
            AddTeamUser, RemoveFromTeam, ShareRecord, UnshareRecord> {};
using Command = OneOf<AllCommands>;

}  // namespace rollcall
