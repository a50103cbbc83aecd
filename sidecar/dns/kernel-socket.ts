/** A UDP socket of which the file descriptor is known: Node.js does not tell that of the sockets it makes itself. */
import type { Libc } from '../system/libc.ts';
import type { ListenPlace } from './listen-place.ts';
import { families } from './socket-name.ts';

/** From Linux: bits/socket.h, asm-generic/socket.h, linux/in6.h. */
const datagram = 2;
const nonblocking = 0o4000;
const closedOnExec = 0o2000000;
const levels = { socket: 1, ipv6: 41 };
const options = { reuseAddress: 2, reusePort: 15, ipv6Only: 26 };

/**
 * @param name that of `place`.
 * @param isShared other sockets are bound in the same place, and the kernel shares questions out.
 * @throws {NodeJS.ErrnoException} as `bind` in Node.js fails; nothing is left open then.
 */
export function openUdpSocket(libc: Libc, place: ListenPlace, name: Uint8Array, isShared: boolean): number {
  const family = name[0]!;
  const fd = libc.socket(family, datagram | nonblocking | closedOnExec, 0);
  if (fd < 0) throw libc.failure('socket');
  try {
    if (isShared) setOption(libc, fd, levels.socket, options.reusePort, 1);
    if (family === families.ipv6) setOption(libc, fd, levels.ipv6, options.ipv6Only, place.ipv6Only ? 1 : 0);
    if (libc.bind(fd, name, name.length) < 0) throw libc.failure('bind');
    return fd;
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/** Undoes what Node.js does to a socket that it is handed: nobody else may bind this one's place. */
export function keepPlace(libc: Libc, fd: number): void {
  setOption(libc, fd, levels.socket, options.reuseAddress, 0);
}

function setOption(libc: Libc, fd: number, level: number, option: number, value: number): void {
  const bytes = new Uint8Array(Int32Array.of(value).buffer);
  if (libc.setsockopt(fd, level, option, bytes, bytes.length) < 0) throw libc.failure('setsockopt');
}
