/** A screen's request to be let in and somebody who approves it, and a colleague's invitation, over the public contract. */
const INVITE = 'mutation ($input: InviteStaffInput!) { inviteStaff(input: $input) { path errors { code } } }';
const APPROVE = 'mutation ($input: ApproveDisplayInput!) { approveDisplay(input: $input) { errors { code } } }';

type Asked = { deviceCode: string; userCode: string };

export async function waiting(url: string, board = 'kota'): Promise<Asked> {
  const form = { client_id: 'surga-wallboard', scope: `board:${board}` };
  const answer = await fetch(`${url}/oauth/device_authorization`, { method: 'POST', body: new URLSearchParams(form) });
  const body = (await answer.json()) as { device_code: string; user_code: string };
  return { deviceCode: body.device_code, userCode: body.user_code };
}

/** The code of a screen that the owner of the token has approved. */
export async function codeOf(url: string, token: string, name: string, board = 'kota'): Promise<string> {
  const { deviceCode, userCode } = await waiting(url, board);
  await changed(url, token, APPROVE, { userCode, name });
  return deviceCode;
}

/** The path of a one-time link for a new colleague, from the owner of an admin's token. */
export async function linkOf(url: string, token: string, email: string): Promise<string> {
  const assignments = [{ agencyCode: 'DISHUB', role: 'OFFICER' }];
  return String((await changed(url, token, INVITE, { email, name: 'Sari Dewi', assignments }))['path']);
}

/** The moment by the clock of the desk, which a screen learns with its first board: pictures are taken in an office hour. */
export async function momentOf(url: string, token: string): Promise<string> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ wallboard { asOf } }' }),
  });
  return ((await answer.json()) as { data: { wallboard: { asOf: string } } }).data.wallboard.asOf;
}

async function changed(url: string, token: string, query: string, input: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const body = (await answer.json()) as { data?: Record<string, { errors: unknown[] }> };
  const [payload] = Object.values(body.data ?? {});
  if (payload?.errors.length !== 0) throw new Error(JSON.stringify(body));
  return payload;
}
