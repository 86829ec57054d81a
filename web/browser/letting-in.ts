/** A screen's request to be let in, and somebody who approves it, over the public contract. */
const APPROVE = 'mutation ($input: ApproveDisplayInput!) { approveDisplay(input: $input) { errors { code } } }';

type Asked = { deviceCode: string; userCode: string };

export async function waiting(url: string): Promise<Asked> {
  const form = { client_id: 'surga-wallboard', scope: 'board:kota' };
  const answer = await fetch(`${url}/oauth/device_authorization`, { method: 'POST', body: new URLSearchParams(form) });
  const body = (await answer.json()) as { device_code: string; user_code: string };
  return { deviceCode: body.device_code, userCode: body.user_code };
}

/** The code of a screen that the owner of the token has approved. */
export async function codeOf(url: string, token: string, name: string): Promise<string> {
  const { deviceCode, userCode } = await waiting(url);
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: APPROVE, variables: { input: { userCode, name } } }),
  });
  const body = (await answer.json()) as { data?: { approveDisplay: { errors: unknown[] } } };
  if (body.data?.approveDisplay.errors.length !== 0) throw new Error(JSON.stringify(body));
  return deviceCode;
}
