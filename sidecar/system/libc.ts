/**
 * What Linux can do and Node.js has no call for: many datagrams in one system call. The functions are those of the C library
 * that the process runs on, called through `koffi`; where that is not installed (the sidecar copied alone to a host) or not
 * made for the platform there are none, and everything works without them.
 *
 * Numbers and layouts are those of Linux on 64-bit machines with the low byte first, the same for x64 and arm64.
 */
import { getSystemErrorName } from 'node:util';

type Pointer = bigint | Uint8Array | null;

/** Each returns -1 when it failed; {@link Libc.failure} tells why until the next call. See the Linux manual, section 2. */
interface Calls {
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, name: number, value: Pointer, valueBytes: number): number;
  bind(fd: number, name: Pointer, nameBytes: number): number;
  close(fd: number): number;
  poll(fds: Pointer, count: number, timeoutMs: number): number;
  recvmmsg(fd: number, headers: Pointer, count: number, flags: number, timeout: Pointer): number;
  sendmmsg(fd: number, headers: Pointer, count: number, flags: number): number;
  sendto(
    fd: number,
    message: Pointer,
    bytes: number,
    flags: number,
    name: Pointer,
    nameBytes: number,
  ): number;
}

const prototypes: Record<keyof Calls, string> = {
  socket: 'int socket(int, int, int)',
  setsockopt: 'int setsockopt(int, int, int, void *, uint32_t)',
  bind: 'int bind(int, void *, uint32_t)',
  close: 'int close(int)',
  poll: 'int poll(void *, unsigned long, int)',
  recvmmsg: 'int recvmmsg(int, void *, unsigned int, int, void *)',
  sendmmsg: 'int sendmmsg(int, void *, unsigned int, int)',
  sendto: 'long sendto(int, void *, size_t, int, void *, uint32_t)',
};

export interface Libc extends Calls {
  /** Where the bytes are. They stay there for as long as something in JavaScript refers to them. */
  addressOf(bytes: Uint8Array): bigint;
  /** Why the call that was made last failed. */
  failure(call: keyof Calls): NodeJS.ErrnoException;
}

/** Undefined where there is none. */
export async function loadLibc(): Promise<Libc | undefined> {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return undefined;
  try {
    const { default: koffi } = await import('koffi');
    const library = koffi.load(null);
    const calls = Object.entries(prototypes).map(([name, prototype]) => [name, library.func(prototype)]);
    return {
      ...(Object.fromEntries(calls) as Calls),
      addressOf: (bytes) => koffi.address(bytes),
      failure: (call) => makeFailure(call, koffi.errno()),
    };
  } catch {
    return undefined;
  }
}

function makeFailure(call: string, errno: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${call}: ${code}`), { code, errno: -errno, syscall: call });
}
