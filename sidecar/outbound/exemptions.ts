/** `NO_PROXY`: what is reached without the proxy that the environment names. */
import { BlockList, isIP } from 'node:net';

type Rule = (host: string, port: string) => boolean;

/**
 * Entries, separated by commas or spaces: `*`; a name, which stands for itself and for what is below it; `.name` or
 * `*.name`, for what is below it alone; an address; a network like 10.0.0.0/8. Any but the network may end in a port. What
 * cannot be understood exempts nothing. This host itself, under `localhost` or a loopback address, always is.
 */
export function exemptions(text: string): (url: URL) => boolean {
  const rules = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(ruleOf);
  return ({ hostname, port, protocol }) => {
    const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    const asked = port || (protocol === 'https:' ? '443' : '80');
    return isThisHost(host) || rules.some((matches) => matches(host, asked));
  };
}

function ruleOf(entry: string): Rule {
  if (entry === '*') return () => true;
  if (entry.includes('/')) return networkRule(entry);
  const bare = isIP(entry) !== 0;
  const [, bracketed, named, port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  const host = bare ? entry : (bracketed ?? named ?? '');
  const portMatches = (asked: string) => port === '' || bare || port === asked;
  if (host === '') return () => false;
  if (isIP(host) !== 0) return (asked, askedPort) => sameAddress(host, asked) && portMatches(askedPort);
  const suffix = host.replace(/^\*?\.?/, '.');
  const isBelowOnly = host !== suffix.slice(1);
  return (asked, askedPort) =>
    (asked.endsWith(suffix) || (!isBelowOnly && asked === host)) && portMatches(askedPort);
}

function networkRule(entry: string): Rule {
  const [address = '', bits = ''] = entry.split('/');
  const list = new BlockList();
  const version = isIP(address);
  if (version === 0 || !/^\d+$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) return () => false;
  list.addSubnet(address, Number(bits), family(address));
  return (host) => isIP(host) !== 0 && list.check(host, family(host));
}

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

function sameAddress(one: string, other: string): boolean {
  if (isIP(other) !== isIP(one)) return false;
  const list = new BlockList();
  list.addAddress(one, family(one));
  return list.check(other, family(other));
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const isThisHost = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && loopback.check(host, family(host)));
