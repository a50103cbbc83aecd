/**
 * Who may come in. The edge stands on the public internet and fails closed: no token configured, nothing served. A
 * self-hosted edge on loopback is open, as Consul is without ACLs, but only to requests that are addressed to a loopback
 * name: a web page that points its own name at 127.0.0.1 stays outside.
 */
import { ApiError } from '../shared/api-error.ts';

export interface TokenSettings {
  ROLLCALL_TOKEN?: string;
  ROLLCALL_OPEN?: string;
}

/** A shorter secret can be guessed over the internet; the edge stays closed. */
const tokenCharsMin = 16;

const closed =
  'Rollcall is closed: no token is configured, so nothing is served. Set the secret ROLLCALL_TOKEN ' +
  '(npx wrangler secret put ROLLCALL_TOKEN) and send it as X-Consul-Token.';

/** @throws {ApiError} 403 unless a request to `hostname` with this token may be served. */
export function admit(settings: TokenSettings, tokenOf: () => string, hostname: string): void {
  if (settings.ROLLCALL_TOKEN) admitToken(settings.ROLLCALL_TOKEN, tokenOf());
  else if (settings.ROLLCALL_OPEN === 'loopback') admitLoopback(hostname);
  else throw new ApiError(403, closed);
}

function admitLoopback(hostname: string): void {
  if (isLoopback(hostname)) return;
  throw new ApiError(
    403,
    `Rollcall is open on loopback only and was asked as ${JSON.stringify(hostname)}: use 127.0.0.1 or localhost, or ` +
      'start it with a token (-bind with another address makes one).',
  );
}

function admitToken(expected: string, token: string): void {
  if (expected.length < tokenCharsMin)
    throw new ApiError(
      403,
      `Rollcall is closed: the secret ROLLCALL_TOKEN has ${expected.length} characters, at least ${tokenCharsMin} are ` +
        'needed. A good one: openssl rand -hex 32.',
    );
  if (token === '')
    throw new ApiError(
      403,
      'Permission denied: no token was sent. Send it as X-Consul-Token or Authorization: Bearer.',
    );
  if (!sameText(token, expected)) throw new ApiError(403, 'ACL not found');
}

const encoder = new TextEncoder();

/** Takes as long for any two texts of the same length. */
function sameText(a: string, b: string): boolean {
  const [left, right] = [encoder.encode(a), encoder.encode(b)];
  return left.byteLength === right.byteLength && crypto.subtle.timingSafeEqual(left, right);
}

const isLoopback = (hostname: string) => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
