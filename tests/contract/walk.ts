// Walks the README's tour with a client whose types are generated from the OpenAPI document: walk(URL, DATA). DATA is the
// server's folder: the operator's key and the outbox lie there. Throws what was otherwise than promised. walk.mjs makes
// the types (api.d.ts), compiles this strictly, and runs it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

type Answer = components['schemas']['CommandAnswer'];
type Row = components['schemas']['UserRow'];
type Refusal<P extends keyof paths, S extends number> = paths[P] extends { post: { responses: infer R } }
  ? S extends keyof R ? R[S] extends { content: { 'application/problem+json': infer B } } ? B : never : never
  : never;

const password = 'correct horse battery';
const account = 'tour-ts';

function check(holds: boolean, what: string, seen?: unknown): asserts holds {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(seen)}`);
}

// The body of a success, or what was answered instead.
function done<D>({ data, error, response }: { data?: D; error?: unknown; response: Response }): D {
  check(data !== undefined, `${response.url} was answered ${response.status}`, error);
  return data;
}

// Commands answer otherwise to a dry run.
function told(answer: Answer | components['schemas']['DryRunAnswer']): Answer {
  check('command' in answer, 'a dry run was answered', answer);
  return answer;
}

function fact(answer: Answer, event: string): Record<string, unknown> {
  const found = answer.events.find((one) => one.type === event);
  check(found !== undefined, `no ${event}`, answer);
  return found.data as Record<string, unknown>;
}

async function tokenInOutbox(data: string, letter: string): Promise<string> {
  const file = join(data, 'outbox', `${letter}.eml`);
  for (let tries = 0; tries < 300; ++tries) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const word = text.split(/\s+/).find((one) => one.includes(`${letter}.`) && !one.includes('@'));
    if (word) return word.slice(word.indexOf(letter));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no letter ${file}`);
}

export async function walk(url: string, data: string): Promise<string> {
  const clientOf = (token?: string) =>
    createClient<paths>({
      baseUrl: url,
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
      querySerializer: { array: { style: 'form', explode: false } },
    });
  const nobody = clientOf();
  const operator = clientOf(readFileSync(join(data, 'operator.key'), 'utf8').trim());
  const signedIn = async (email: string) => {
    const { token } = told(done(await nobody.POST('/v1/commands/StartSession', { body: { email, password } })));
    check(typeof token === 'string', 'a session without a token', token);
    return clientOf(token);
  };

  // An account is opened, and its owner comes in by the letter.
  const opened = told(done(await operator.POST('/v1/commands/OpenAccount', {
    params: { header: { 'Idempotency-Key': 'the tour in TypeScript' } },
    body: { account, account_name: 'A tour', owner_email: 'olga@tour-ts.example', owner_name: 'Olga', seat_limit: 5 },
  })));
  const setUp = await tokenInOutbox(data, `${fact(opened, 'AccountOpened')['owner_person']}.1`);
  done(await nobody.POST('/v1/commands/CompleteSetup', { body: { token: setUp, accept_terms: true, password } }));
  const owner = await signedIn('olga@tour-ts.example');

  // A partner is invited, reads what she is offered, accepts, and is in.
  const invited = told(done(await owner.POST('/v1/commands/InvitePartner', {
    body: { account, email: 'nina@newcoach-ts.example' },
  })));
  const token = await tokenInOutbox(data, `${fact(invited, 'PartnerInvited')['invitation']}.1`);
  const offer = done(await nobody.GET('/v1/invitations/{token}', { params: { path: { token } } }));
  check(offer.account_name === 'A tour' && !offer.sign_in_required, 'another offer', offer);
  const accepted = told(done(await nobody.POST('/v1/commands/AcceptInvite', {
    body: { token, accept_terms: true, password, display_name: 'Nina' },
  })));
  const nina = String(fact(accepted, 'MembershipActivated')['membership']);
  const partner = await signedIn('nina@newcoach-ts.example');
  const central = done(await partner.GET('/v1/me/accounts', {
    params: { header: { 'Rollcall-Min-Position': accepted.size - 1 } },
  }));
  check(central.accounts.length === 1 && central.accounts[0]?.account === account, 'another Account Central', central);

  // The list, page by page: five who are invited, the owner and the partner.
  for (let number = 0; number < 4; ++number)
    done(await owner.POST('/v1/commands/InvitePartner', { body: { account, email: `p${number}@tour-ts.example` } }));
  const { size } = told(done(await owner.POST('/v1/commands/InviteUser', {
    body: { account, email: 'una@tour-ts.example', first_name: 'Una' },
  })));
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const page = done(await owner.GET('/v1/accounts/{account}/users', {
      params: {
        path: { account },
        query: cursor === undefined ? { limit: 3 } : { limit: 3, cursor },
        header: { 'Rollcall-Min-Position': size - 1 },
      },
    }));
    check(page.pending_invitations === 5 && page.seats.limit === 5, 'other counts', page);
    rows.push(...page.users);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  check(rows.length === 7 && new Set(rows.map((row) => row.id)).size === 7, 'other rows on the pages', rows);

  // Who is nobody is told so, by a code that has a type.
  const strange = await nobody.GET('/v1/accounts/{account}/users', { params: { path: { account } } });
  check(strange.response.status === 401 && strange.error?.code === 'not_authenticated', 'another code', strange.error);

  // A partner who still holds contacts cannot leave.
  done(await operator.POST('/v1/commands/ImportRecords', {
    body: { account, kind: 'contact', records: ['c1', 'c2', 'c3'], owner: nina },
  }));
  const leaving = await partner.POST('/v1/commands/LeaveAccount', { body: { account, confirm: true } });
  check(leaving.response.status === 409 && leaving.error !== undefined, 'she was let go', leaving.data);
  const refusal = leaving.error as Refusal<'/v1/commands/LeaveAccount', 409>;
  switch (refusal.code) {
    case 'has_assigned_contacts': break;
    default: check(false, 'another code', refusal);
  }

  // The owner deactivates her: what would be, then what is.
  const order: components['schemas']['DeactivateUser'] = {
    account, user: nina, confirm_irreversible: true, basis: { contacts: 3, leads: 0, tasks: 0 },
    plan: [{ kind: 'contact', mode: 'unassign', allocations: [] }],
  };
  const tried = done(await owner.POST('/v1/commands/DeactivateUser', {
    params: { query: { dry_run: true } }, body: order,
  }));
  check('dry_run' in tried && tried.map?.records === 3 && typeof tried.map.digest === 'string', 'another map', tried);
  const ended = told(done(await owner.POST('/v1/commands/DeactivateUser', {
    params: { header: { 'Rollcall-Reason': 'engagement ended' } }, body: order,
  })));
  fact(ended, 'UserDeactivated');
  const gone = done(await owner.GET('/v1/accounts/{account}/users', {
    params: { path: { account }, query: { status: ['ended'] }, header: { 'Rollcall-Min-Position': ended.size - 1 } },
  }));
  check(gone.users.length === 1 && gone.users[0]?.id === nina && gone.users[0].status === 'ended', 'another list', gone);

  // And history answers.
  const history = done(await owner.GET('/v1/accounts/{account}/users/{user}/history', {
    params: { path: { account, user: nina }, query: { limit: 50 } },
  }));
  const types = history.events.map((one) => one.type);
  for (const type of ['PartnerInvited', 'MembershipActivated', 'UserDeactivated'])
    check(types.includes(type), `no ${type} in her history`, types);
  let seen = 0;
  for (let from = 0, atEnd = false; !atEnd;) {
    const page = done(await operator.GET('/v1/events', { params: { query: { from, limit: 7 } } }));
    check(typeof page !== 'string', 'a stream was answered', page);
    seen += page.events.length;
    from = page.next;
    atEnd = page.at_end;
    check(!atEnd || seen === page.size, 'events are missing on the pages of the log', { seen, size: page.size });
  }
  return `walked: ${rows.length} users on pages, ${types.length} events of history, ${seen} of the log`;
}
