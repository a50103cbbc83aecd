/** What stands between this host and its edge, and where the edge is. */
import type { AgentConfig } from './agent-config.ts';
import { parseJoinAddress } from './join-address.ts';
import type { FileConfig } from './schema.ts';

type Refuse = (fault: string) => void;

/** A service token is a pair; half of one would be sent in vain, or not at all. */
export function resolveEdge(written: FileConfig['edge'] = {}, refuse: Refuse): AgentConfig['edge'] {
  const {
    proxy = '',
    access_client_id: accessClientId = '',
    access_client_secret: accessClientSecret = '',
  } = written;
  if ((accessClientId === '') !== (accessClientSecret === ''))
    refuse(
      'edge.access_client_id and edge.access_client_secret belong together, and only one of them is set',
    );
  for (const [key, value] of Object.entries({
    access_client_id: accessClientId,
    access_client_secret: accessClientSecret,
  }))
    if (!/^[!-~]*$/.test(value)) refuse(`edge.${key} has characters that no HTTP header may have`);
  return { proxy, accessClientId, accessClientSecret };
}

/**
 * Which of the addresses can be joined: Consul looks hosts of a cloud up by "provider=aws …", and runs "exec=…" for them,
 * to find any member. Here it is the edge alone that is joined, which is no host of theirs.
 */
export function joinable(
  key: string,
  addresses: readonly string[],
  isServer: boolean,
  warn: (message: string) => void,
  refuse: Refuse,
): string[] {
  return addresses.filter((address) => {
    if (!/(^|\s)(provider|exec)=/.test(address)) return true;
    const name = `${key} ${JSON.stringify(address)}`;
    if (isServer)
      refuse(
        `${name}: hosts are not looked up here, and a server has to know if it is the edge: name its address`,
      );
    else warn(`${name} has no effect: hosts are not looked up here, name the edge`);
    return false;
  });
}

/** Where outgoing connections have to be verified, an address without a scheme is https. @throws {ConfigError} */
export function resolveJoinAddress(address: string, written: FileConfig, refuse: Refuse): string {
  const { tls = {} } = written;
  const secure =
    tls.internal_rpc?.verify_outgoing ?? tls.defaults?.verify_outgoing ?? written.verify_outgoing ?? false;
  const url = parseJoinAddress(address, secure ? 'https' : 'http');
  if (secure && url.startsWith('http://'))
    refuse(`verify_outgoing is set, and the address to join ${url} is not https`);
  return url;
}
