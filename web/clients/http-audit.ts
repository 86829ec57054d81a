/**
 * Holds a server against the GraphQL-over-HTTP specification, by the audits that npm graphql-http publishes.
 * usage: node http-audit.ts URL; prints {"passed": 61, "failed": [...]} and exits with 1 where one failed.
 */
import { serverAudits, type Audit } from 'graphql-http';

const PATIENCE_MS = 15_000;
const [url = ''] = process.argv.slice(2);

const patientFetch = (input: string, init?: RequestInit) =>
  fetch(input, { ...init, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) });

const failed: string[] = [];
let passed = 0;
// One after the other, so that a failure is the audit's own and never the load's.
for (const audit of serverAudits({ url, fetchFn: patientFetch })) {
  const reason = await failure(audit);
  if (reason === null) passed += 1;
  else failed.push(`${audit.id} ${audit.name}: ${reason}`);
}
console.log(JSON.stringify({ passed, failed }));
process.exitCode = failed.length === 0 ? 0 : 1;

async function failure(audit: Audit): Promise<string | null> {
  try {
    const result = await audit.fn();
    if (result.status === 'ok') return null;
    return `${result.reason} (got ${result.response.status} ${result.response.headers.get('content-type')})`;
  } catch (error) {
    return `no answer: ${error}`;
  }
}
