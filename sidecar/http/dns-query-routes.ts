/**
 * /dns-query: DNS over HTTPS (RFC 8484), answered as on port 8600. DNS has no place for a token and is answered without
 * one; but a web page can ask here, which it cannot there. One that points its own name at this host, past the browser's
 * rule of one origin, sends that name as `Host`: whoever uses another name than an address or `localhost` needs what
 * all else on this port needs.
 */
import { isIP } from 'node:net';
import type { Context, Hono, MiddlewareHandler } from 'hono';
import { ApiError } from '../../src/shared/api-error.ts';
import { dnsQueryPath, dnsQueryRoutes } from '../../src/shared/dns/over-https.ts';
import { urlOf } from '../../src/shared/http/request-url.ts';
import { selectToken } from '../../src/shared/read/query-options.ts';
import type { AgentApi } from './agent-api.ts';
import { clientAddress } from './forward.ts';

type DnsApi = Pick<AgentApi, 'dns' | 'admit'>;

export function hostDnsRoutes(app: Hono, agent: DnsApi): void {
  app.use(dnsQueryPath, admittedByName(agent));
  dnsQueryRoutes(app, (c, message) => {
    if (!agent.dns) throw new ApiError(404, 'DNS is off on this agent (ports.dns)');
    return agent.dns.answerQuestion(message, 'tcp', clientAddress(c));
  });
}

const admittedByName =
  ({ admit }: DnsApi): MiddlewareHandler =>
  async (c, next) => {
    if (!isNumeric(c)) await admit(selectToken(new URL(c.req.url).searchParams, c.req.raw.headers));
    return await next();
  };

/** Asked under a name that nobody can have pointed here. */
function isNumeric(c: Context): boolean {
  const { hostname } = urlOf(c);
  return hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}
