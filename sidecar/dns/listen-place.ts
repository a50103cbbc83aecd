import { makeBindError } from '../system/bind-error.ts';

/** Where a socket is bound. */
export interface ListenPlace {
  /** An IP address of this host, or `0.0.0.0` or `::` for all of them. */
  address: string;
  /** 0 takes a free port. */
  port: number;
  /** `::` is not to take IPv4, too. */
  ipv6Only: boolean;
}

const settings = { portSetting: 'ports.dns, -dns-port', addressSetting: 'addresses.dns, -client' };

export const makeDnsBindError = (network: 'UDP' | 'TCP', { address, port }: ListenPlace, cause: Error) =>
  makeBindError({ name: `DNS over ${network}`, address, port, ...settings }, cause);
