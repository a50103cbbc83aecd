/** Which listener could not be opened, and how its place is set. */
export interface Listener {
  /** As a human calls it: "HTTP", "DNS", "the edge". */
  name: string;
  address: string;
  port: number;
  /** The setting and flag for the port, and those for the address. */
  portSetting: string;
  addressSetting: string;
}

/** Why a socket could not be bound, and what to do about it. */
export function makeBindError(listener: Listener, cause: Error): Error {
  const { name, address, port, portSetting, addressSetting } = listener;
  const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const advice: Record<string, string> = {
    EADDRINUSE: `another process has it: stop that process, or set another port (${portSetting})`,
    EACCES: `this user may not bind it: set a port above 1023 (${portSetting}), or allow it (CAP_NET_BIND_SERVICE)`,
    EADDRNOTAVAIL: `no interface of this host has this address: set another one (${addressSetting})`,
  };
  const why = advice[(cause as NodeJS.ErrnoException).code ?? ''] ?? cause.message;
  return new Error(`cannot listen for ${name} on ${place}: ${why}`, { cause });
}
