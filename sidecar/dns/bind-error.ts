const advice: Record<string, string> = {
  EADDRINUSE: 'another process has it: stop that process, or set another port (ports.dns, -dns-port)',
  EACCES: 'this user may not bind it: set a port above 1023 (ports.dns), or allow it (CAP_NET_BIND_SERVICE)',
  EADDRNOTAVAIL: 'no interface of this host has this address: set another one (addresses.dns, -client)',
};

/** Why a socket could not be bound, and what to do about it. */
export function makeBindError(network: 'udp' | 'tcp', address: string, port: number, cause: Error): Error {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const why = advice[code] ?? cause.message;
  return new Error(`cannot listen for DNS on ${network} ${place}: ${why}`, { cause });
}
