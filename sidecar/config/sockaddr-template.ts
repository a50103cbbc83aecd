/**
 * The go-sockaddr templates that config files use for addresses: `{{ GetPrivateIP }}`, `{{ GetInterfaceIP "eth0" }}`, and
 * pipelines like `{{ GetPrivateInterfaces | include "network" "10.0.0.0/8" | attr "address" }}`.
 *
 * Source: https://pkg.go.dev/github.com/hashicorp/go-sockaddr/template.
 */
import { BlockList } from 'node:net';
import { ConfigError } from './config-error.ts';
import { type HostAddress, type HostFacts, isPrivateIpv4 } from './host-facts.ts';

/** The text with its templates replaced. @throws {ConfigError} for one that is unknown or finds no address */
export function expandTemplate(text: string, host: HostFacts): string {
  return text.replace(/\{\{(.*?)\}\}/g, (template, pipeline: string) => {
    const result = evaluate(pipeline, host);
    if (result === undefined)
      throw new ConfigError(`${template}: template is not supported: write an address instead`);
    if (result === '') throw new ConfigError(`${template}: no such address on this host`);
    return result;
  });
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

/** The words of each stage. A string may hold the sign that is between stages. */
function readStages(pipeline: string): string[][] {
  const stages: string[][] = [[]];
  for (const [word, quoted] of pipeline.matchAll(/"([^"]*)"|\||[^\s|"]+/g)) {
    if (word === '|') stages.push([]);
    else stages.at(-1)!.push(quoted ?? word);
  }
  return stages;
}

const isIpv4 = ({ family }: HostAddress) => family === 'IPv4';
const isPrivate = ({ address, internal }: HostAddress) =>
  !internal && (isPrivateIpv4(address) || /^f[cd]/i.test(address));
const isPublic = (own: HostAddress) => !own.internal && !isPrivate(own) && !/^fe[89ab]/i.test(own.address);

function readSource([name = '', argument = '']: string[], { addresses }: HostFacts): Stage {
  const texts = (found: HostAddress[]) => found.filter(isIpv4).map(({ address }) => address);
  const own = addresses.filter(({ interfaceName }) => interfaceName === argument);
  const sources: Record<string, () => Stage> = {
    GetAllInterfaces: () => addresses,
    GetPrivateInterfaces: () => addresses.filter(isPrivate),
    GetPublicInterfaces: () => addresses.filter(isPublic),
    GetDefaultInterfaces: () => addresses.filter(({ internal }) => !internal),
    GetPrivateIP: () => texts(addresses.filter(isPrivate))[0] ?? '',
    GetPrivateIPs: () => texts(addresses.filter(isPrivate)).join(' '),
    GetPublicIP: () => texts(addresses.filter(isPublic))[0] ?? '',
    GetPublicIPs: () => texts(addresses.filter(isPublic)).join(' '),
    GetInterfaceIP: () => (own.find(isIpv4) ?? own[0])?.address ?? '',
    GetInterfaceIPs: () => own.map(({ address }) => address).join(' '),
  };
  return Object.hasOwn(sources, name) ? sources[name]!() : undefined;
}

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
  if (by === 'rfc' && value === '1918')
    return ({ address }) => isPrivateIpv4(address) && !address.startsWith('100.');
  if (by === 'rfc' && value === '6890') return isPrivate;
  if (by === 'flags' || by === 'flag') return makeFlagTest(value.split('|'));
  return undefined;
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
