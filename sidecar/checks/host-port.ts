export interface HostPort {
  host: string;
  port: number;
}

const portMax = 65_535;

/**
 * Splits "host:port", "[::1]:port" or ":port" (this host). @throws {Error} in the words of Go's `net.Dial`, for it
 * becomes a check's output.
 */
export function parseHostPort(network: 'tcp' | 'udp', target: string): HostPort {
  const refuse = (reason: string) => new Error(`dial ${network}: ${reason}`);
  const match = /^(?:\[([^[\]]*)\]|([^[\]:]*)):([^:]*)$/.exec(target);
  if (!match) throw refuse(`address ${target}: ${whyUnsplittable(target)}`);
  const [, bracketed, plain, port] = match;
  if (!/^\d+$/.test(port!)) throw refuse(`lookup ${network}/${port}: unknown port`);
  if (Number(port) > portMax) throw refuse(`address ${port}: invalid port`);
  return { host: bracketed || plain || 'localhost', port: Number(port) };
}

function whyUnsplittable(target: string): string {
  if (target.startsWith('[') && !target.includes(']')) return "missing ']' in address";
  const colons = target.replace(/^\[[^\]]*\]/, '').split(':').length - 1;
  return colons > 1 ? 'too many colons in address' : 'missing port in address';
}

export const joinHostPort = ({ host, port }: HostPort) =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
