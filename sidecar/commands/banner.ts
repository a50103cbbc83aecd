import { version } from '../../src/shared/version.ts';
import type { AgentSummary } from '../agent/agent.ts';
import type { ListenAddress } from '../config/agent-config.ts';

/** Where everything is, for the human who started the agent. */
export function banner({ config, nodeId, edges, hosted, proxyOf }: AgentSummary): string {
  const { nodeName, datacenter, addresses, ports, dataDir } = config;
  const rows: [string, string][] = [
    ['Version', version],
    ['Node name', nodeName],
    ['Node ID', nodeId],
    ['Datacenter', datacenter],
    [
      'Edge',
      hosted
        ? `${hosted.url.origin} (here, ${hosted.token === '' ? 'open on loopback' : 'with a token'})`
        : list(edges.map((edge) => withProxy(edge.origin, proxyOf(edge)))),
    ],
    ['HTTP', ports.http > 0 ? places(addresses.http, ports.http, 'http://') : 'off'],
    ...(ports.https > 0
      ? [['HTTPS', places(addresses.https, ports.https, 'https://')] as [string, string]]
      : []),
    ['DNS', ports.dns > 0 ? places(addresses.dns, ports.dns, '') : 'off'],
    ['Data', dataDir === '' ? 'nothing is kept (set -data-dir)' : dataDir],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `    ${name.padStart(width)}: ${value}`);
  return `==> Rollcall agent running!\n\n${lines.join('\n')}\n\n${hosted && hosted.token !== '' ? joinHint(config, hosted.token) : ''}==> Log data will now stream in as it occurs:\n\n`;
}

const withProxy = (edge: string, proxy: string | undefined): string =>
  proxy === undefined ? edge : `${edge} (through ${proxy})`;

/** The one line that another host needs. */
function joinHint({ advertiseAddr, ports, tls }: AgentSummary['config'], token: string): string {
  const host = advertiseAddr.includes(':') ? `[${advertiseAddr}]` : advertiseAddr;
  return `    To join a host:\n    rollcall agent -data-dir=/var/lib/rollcall -retry-join=${tls.edge.isServed ? 'https' : 'http'}://${host}:${ports.server} -token=${token}\n\n`;
}

const places = (addresses: ListenAddress[], port: number, scheme: string): string =>
  list(
    addresses.map((address) =>
      'path' in address
        ? `unix://${address.path}`
        : `${scheme}${address.ip.includes(':') ? `[${address.ip}]` : address.ip}:${port}`,
    ),
  );

const list = (items: string[]) => items.join(', ');
