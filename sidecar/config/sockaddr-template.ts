/**
 * The go-sockaddr templates that config files use for addresses: `{{ GetPrivateIP }}`, `{{ GetInterfaceIP "eth0" }}`, and
 * pipelines like `{{ GetPrivateInterfaces | include "network" "10.0.0.0/8" | attr "address" }}`.
 *
 * Source: https://pkg.go.dev/github.com/hashicorp/go-sockaddr/template.
 */
import { BlockList } from 'node:net';
import { ConfigError } from './config-error.ts';
import { type HostAddress, type HostFacts, isPrivateIpv4 } from './host-facts.ts';

/**
 * The text with its templates replaced. One that finds no address stands for nothing beside another that does.
 *
 * @throws {ConfigError} for one that is unknown, and where all of the text comes to nothing
 */
export function expandTemplate(text: string, host: HostFacts): string {
  const trimmed = text.replace(/\s*\{\{-\s/g, '{{ ').replace(/\s-\}\}\s*/g, ' }}');
  const expanded = trimmed.replace(/\{\{(.*?)\}\}/g, (template, pipeline: string) => {
    const result = evaluate(pipeline, host);
    if (result !== undefined) return result;
    throw new ConfigError(`${template}: template is not supported: write an address instead`);
  });
  if (expanded.trim() === '' && text.trim() !== '')
    throw new ConfigError(`${text.trim()}: no such address on this host`);
  return expanded;
}

/** A text ends a pipeline, addresses go on in it; undefined: it is not known here. */
type Stage = HostAddress[] | string | undefined;

function evaluate(pipeline: string, host: HostFacts): string | undefined {
  const [source = [], ...rest] = readStages(pipeline);
  const result = rest.reduce<Stage>(
    (stage, [name = '', ...args]) => (Array.isArray(stage) ? apply(name, args, stage) : undefined),
    readSource(source, host),
  );
  return Array.isArray(result) ? undefined : result;
}

/** The words of each stage. A string, in quotes or backticks, may hold the sign that is between stages. */
function readStages(pipeline: string): string[][] {
  const stages: string[][] = [[]];
  for (const [word, quoted, raw] of pipeline.matchAll(/"([^"]*)"|`([^`]*)`|\||[^\s|"`]+/g)) {
    if (word === '|') stages.push([]);
    else stages.at(-1)!.push(quoted ?? raw ?? word);
  }
  return stages;
}

const isIpv4 = ({ family }: HostAddress) => family === 'IPv4';
const isPrivate = ({ address, internal }: HostAddress) =>
  !internal && (isPrivateIpv4(address) || /^f[cd]/i.test(address));
const isPublic = (own: HostAddress) => !own.internal && !isPrivate(own) && !/^fe[89ab]/i.test(own.address);

function readSource([name = '', argument = '']: string[], host: HostFacts): Stage {
  const { addresses, defaultInterface } = host;
  const texts = (found: HostAddress[]) => found.map(({ address }) => address);
  const isDefault = ({ interfaceName }: HostAddress) => interfaceName === defaultInterface;
  const best = (test: (address: HostAddress) => boolean) =>
    sortedBy([isDefault, isIpv4], addresses.filter(test));
  const own = sortedBy(
    [isIpv4],
    addresses.filter(({ interfaceName }) => interfaceName === argument),
  );
  const sources: Record<string, () => Stage> = {
    GetAllInterfaces: () => addresses,
    GetPrivateInterfaces: () => best(isPrivate),
    GetPublicInterfaces: () => best(isPublic),
    GetDefaultInterfaces: () =>
      best((address) => (defaultInterface ? isDefault(address) : !address.internal)),
    GetPrivateIP: () => texts(best(isPrivate))[0] ?? '',
    GetPrivateIPs: () => texts(best(isPrivate)).join(' '),
    GetPublicIP: () => texts(best(isPublic))[0] ?? '',
    GetPublicIPs: () => texts(best(isPublic)).join(' '),
    GetInterfaceIP: () => texts(own)[0] ?? '',
    GetInterfaceIPs: () => texts(own).join(' '),
  };
  return Object.hasOwn(sources, name) ? sources[name]!() : undefined;
}

/** Those first of which the first test is true; among equals by the next one, else in their order. */
const sortedBy = (tests: ((address: HostAddress) => boolean)[], found: HostAddress[]): HostAddress[] =>
  tests.reduceRight((list, test) => [...list.filter(test), ...list.filter((one) => !test(one))], found);

function apply(name: string, args: string[], found: HostAddress[]): Stage {
  const [first = '', second = ''] = args;
  const attribute = attributes[first];
  const test = name === 'include' || name === 'exclude' ? makeTest(first, second) : undefined;
  if (test) return found.filter((address) => test(address) === (name === 'include'));
  if (name === 'attr') return attribute && (found[0] ? attribute(found[0]) : '');
  if (name === 'join') return attribute && found.map(attribute).join(second);
  if (name === 'sort') return sorted(found, first.split(','));
  if (name === 'limit') return found.slice(0, Number(first));
  if (name === 'offset') return found.slice(Number(first));
  if (name !== 'unique' || !attribute) return undefined;
  return found.filter((one, i) => found.findIndex((other) => attribute(other) === attribute(one)) === i);
}

const attributes: Record<string, ((address: HostAddress) => string) | undefined> = {
  address: ({ address }) => address,
  name: ({ interfaceName }) => interfaceName,
  type: ({ family }) => family,
};

type Test = (address: HostAddress) => boolean;

function makeTest(by: string, value: string): Test | undefined {
  if (by === 'name') return ({ interfaceName }) => new RegExp(value).test(interfaceName);
  if (by === 'address') return ({ address }) => new RegExp(value).test(address);
  if (by === 'type') return ({ family }) => value.toLowerCase() === 'ip' || family === typeNames[value];
  if (by === 'network') return inNetwork(value);
  if (by === 'rfc') return Object.hasOwn(rfcs, value) ? inRfc(rfcs[value]!) : undefined;
  if (by === 'flags' || by === 'flag') return makeFlagTest(value.split('|'));
  return undefined;
}

/** The networks of those that are about addresses of hosts. */
const rfcs: Record<string, string[]> = {
  '1122': ['0.0.0.0/8', '127.0.0.0/8'],
  '1918': ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  '3927': ['169.254.0.0/16'],
  '4193': ['fc00::/7'],
  '4291': ['::/96', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
  '6598': ['100.64.0.0/10'],
  '6890': [
    ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
    ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
    ...['198.51.100.0/24', '203.0.113.0/24', '240.0.0.0/4'],
    ...['::/127', '64:ff9b::/96', '100::/64', '2001::/16', '2002::/16', 'fc00::/7', 'fe80::/10'],
  ],
};

function inRfc(networks: string[]): Test {
  const tests = networks.map(inNetwork);
  return (address) => tests.some((test) => test?.(address));
}

const typeNames: Record<string, string> = { ipv4: 'IPv4', IPv4: 'IPv4', ipv6: 'IPv6', IPv6: 'IPv6' };

/** Node.js tells of interfaces that are up, and which of them are the loopback one. */
function makeFlagTest(flags: string[]): Test | undefined {
  const known: Record<string, Test> = {
    up: () => true,
    loopback: ({ internal }) => internal,
    forwardable: ({ internal, address }) => !internal && !/^(fe[89ab]|169\.254\.)/i.test(address),
  };
  const tests = flags.map((flag) => known[flag]);
  return tests.includes(undefined) ? undefined : (address) => tests.every((test) => test!(address));
}

function inNetwork(network: string): Test | undefined {
  const list = new BlockList();
  try {
    const [address = '', bits = ''] = network.split('/');
    list.addSubnet(address, Number(bits || Number.NaN), address.includes(':') ? 'ipv6' : 'ipv4');
  } catch {
    return undefined;
  }
  return ({ address, family }) => list.check(address, family === 'IPv6' ? 'ipv6' : 'ipv4');
}

/** What cannot be told apart stays in its order. A minus sorts downwards. */
function sorted(found: HostAddress[], keys: string[]): HostAddress[] {
  const sortKeys: Record<string, (address: HostAddress) => string> = {
    ...(attributes as Record<string, (address: HostAddress) => string>),
    private: (address) => (isPrivate(address) ? '0' : '1'),
  };
  return [...found].sort((a, b) => {
    for (const key of keys) {
      const of = sortKeys[key.replace(/^[+-]/, '')];
      const order = of ? of(a).localeCompare(of(b), 'en', { numeric: true }) : 0;
      if (order !== 0) return key.startsWith('-') ? -order : order;
    }
    return 0;
  });
}
