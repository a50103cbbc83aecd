/**
 * Cloudflare Access before an edge: the service token that lets a program in, and what Access answers to who has none or a
 * bad one. That answer is a page for humans, and never the edge's.
 *
 * Source: https://developers.cloudflare.com/cloudflare-one/access-controls/service-credentials/service-tokens/.
 */

/** A pair; both "": none. The secret is one. */
export interface ServiceToken {
  id: string;
  secret: string;
}

export const noServiceToken: ServiceToken = { id: '', secret: '' };

/** Never sent in the clear: Access is reached over TLS alone. */
export const accessHeaders = ({ id, secret }: ServiceToken, { protocol }: URL): Record<string, string> =>
  id === '' || protocol !== 'https:' ? {} : { 'CF-Access-Client-Id': id, 'CF-Access-Client-Secret': secret };

export interface Refusal {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** As much of it as there is. */
  body?: string;
  /** It refused a WebSocket. */
  isUpgrade?: boolean;
}

/** Undefined for what Access did not say. */
export function describeAccessRefusal(refusal: Refusal, token: ServiceToken): string | undefined {
  if (isRefusedUpgrade(refusal))
    return (
      `${refusal.status} without a word: an Access application whose destination is the Worker itself lets no WebSocket ` +
      'through; make its destination the hostname'
    );
  if (!isLoginPage(refusal) && !isForbiddenPage(refusal)) return undefined;
  return token.id === ''
    ? `Cloudflare Access stands before the edge (${refusal.status}): set edge.access_client_id and ` +
        'edge.access_client_secret, or CLOUDFLARE_ACCESS_CLIENT_ID and CLOUDFLARE_ACCESS_CLIENT_SECRET'
    : `Cloudflare Access does not let the service token ${token.id} in (${refusal.status}): is its secret right, is it ` +
        'expired, and does a policy with the action "Service Auth" name it?';
}

/** Also how Access answers a bad token, unless its application has no login at all. */
function isLoginPage({ status, headers: { location } }: Refusal): boolean {
  return (
    status >= 300 &&
    status < 400 &&
    /^https:\/\/[^/]*\.cloudflareaccess\.com\/|\/cdn-cgi\/access\//.test(String(location ?? ''))
  );
}

/** The edge never answers with a page. */
function isForbiddenPage({ status, headers, body = '' }: Refusal): boolean {
  if (status !== 401 && status !== 403) return false;
  const isNamed = Object.keys(headers).some((name) => name.startsWith('cf-access-'));
  const isChallenge = /^cloudflare-access\b/i.test(String(headers['www-authenticate'] ?? ''));
  const isPage =
    /\btext\/html\b/.test(String(headers['content-type'] ?? '')) && /cloudflare ?access/i.test(body);
  return isNamed || isChallenge || isPage;
}

/** https://github.com/cloudflare/cloudflare-docs/issues/31885; the edge says why it refuses. */
const isRefusedUpgrade = ({ status, headers, body = '', isUpgrade = false }: Refusal): boolean =>
  isUpgrade && status === 403 && body === '' && headers.server === 'cloudflare';
