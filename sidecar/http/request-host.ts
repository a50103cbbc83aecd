/**
 * `Host` becomes part of a URL, so it has to be written as a URL has it. It may be missing: HTTP/1.0, in which load balancers
 * ask for the health of a service, knows none.
 */
import type { IncomingHttpHeaders } from 'node:http';

const usual = /^[\w.-]+(:\d+)?$/;
const addressOrBarePort = /^(\[[\da-fA-F:.]+\]|[\w.-]+)(:\d*)?$/;

/** Changes `headers`. What is no host at all stays, and is refused. */
export function writeHostAsUrl(headers: IncomingHttpHeaders): void {
  const { host = '' } = headers;
  if (usual.test(host)) return;
  if (host === '') headers.host = 'localhost';
  else if (addressOrBarePort.test(host) && URL.canParse(`http://${host}`))
    headers.host = new URL(`http://${host}`).host;
}
