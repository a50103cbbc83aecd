/**
 * The few go-sockaddr templates that config files use for addresses: `{{ GetPrivateIP }}`, `{{ GetPublicIP }}` and
 * `{{ GetInterfaceIP "eth0" }}`.
 *
 * Source: https://pkg.go.dev/github.com/hashicorp/go-sockaddr/template.
 */
import { ConfigError } from './config-error.ts';
import { type HostFacts, ipv4Addresses, isPrivateIpv4 } from './host-facts.ts';

/** The text with its templates replaced. @throws {ConfigError} for one that is unknown or finds no address */
export function expandTemplate(text: string, host: HostFacts): string {
  return text.replace(/\{\{(.*?)\}\}/g, (template, expression: string) => {
    const [, name = '', argument = ''] = /^\s*(\w+)(?:\s+"([^"]*)")?\s*$/.exec(expression) ?? [];
    const address = select(name, argument, host);
    if (address === undefined)
      throw new ConfigError(`${template}: template is not supported: write an address instead`);
    if (address === '') throw new ConfigError(`${template}: no such address on this host`);
    return address;
  });
}

/** "" if the host has none, undefined if the name is unknown. */
function select(name: string, argument: string, host: HostFacts): string | undefined {
  if (name === 'GetPrivateIP') return ipv4Addresses(host, 'private')[0] ?? '';
  if (name === 'GetPublicIP')
    return ipv4Addresses(host, 'all').find((address) => !isPrivateIpv4(address)) ?? '';
  if (name !== 'GetInterfaceIP') return undefined;
  const own = host.addresses.filter(({ interfaceName }) => interfaceName === argument);
  return (own.find(({ family }) => family === 'IPv4') ?? own[0])?.address ?? '';
}
