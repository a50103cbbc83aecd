/** /dns-query: DNS over HTTPS (RFC 8484), from the authority. */
import type { Hono } from 'hono';
import { clientAddress } from '../asking-agent.ts';
import { answerDns } from '../dns-answer.ts';
import type { Env } from '../env.ts';
import { dnsQueryRoutes } from '../shared/dns/over-https.ts';

export function edgeDnsRoutes(app: Hono<{ Bindings: Env }>): void {
  dnsQueryRoutes(app, (c, message) => answerDns(c.env, message, clientAddress(c)));
}
