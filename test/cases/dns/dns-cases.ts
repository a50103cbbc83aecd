import type { Asked, Reply } from '../../dns-message.ts';
import { aliases } from './aliases.ts';
import { nodes } from './nodes.ts';
import { queries } from './queries.ts';
import { services } from './services.ts';
import { zone } from './zone.ts';

/** One case of the tables in this folder; their form is described in the README. */
export interface DnsCase {
  law: string;
  asked: Asked;
  /** Where it holds; undefined for everywhere. */
  transport: 'udp' | 'tcp' | undefined;
  /** What is configured other than by default. */
  config: Record<string, unknown>;
  /** Lines that {@link formatReply} should give. */
  reply: string[];
}

const tables = { services, nodes, zone, aliases, queries };

/** Every case, by table. */
export const dnsCases: [table: string, cases: DnsCase[]][] = Object.entries(tables).map(([table, text]) => [
  table,
  parseCases(text),
]);

function parseCases(text: string): DnsCase[] {
  const cases: DnsCase[] = [];
  let config: Record<string, unknown> = {};
  let law = '';
  for (const line of text.split('\n').filter((each) => each !== '')) {
    if (line.startsWith('# ')) law = line.slice(2);
    else if (line.startsWith('--')) config = parseConfig(line);
    else if (line.startsWith('? ')) cases.push({ law, config, reply: [], ...parseQuestion(line.slice(2)) });
    else cases.at(-1)!.reply.push(line);
  }
  return cases;
}

function parseConfig(line: string): Record<string, unknown> {
  const pairs = [...line.matchAll(/(\w+)=(\S+)/g)];
  return Object.fromEntries(pairs.map(([, key, value]) => [key!, JSON.parse(value!)]));
}

function parseQuestion(line: string): Pick<DnsCase, 'asked' | 'transport'> {
  const [name, type, ...options] = line.split(' ');
  const option = (key: string) => options.find((each) => each.startsWith(`${key}=`))?.slice(key.length + 1);
  const number = (key: string) => (option(key) === undefined ? {} : { [key]: Number(option(key)) });
  const subnet = option('subnet')?.split(',').map(Number);
  const asked: Asked = {
    name: name!,
    type: type!,
    recursionDesired: options.includes('rd'),
    ...number('edns'),
    ...number('class'),
    ...number('opcode'),
    ...(option('version') === undefined ? {} : { ednsVersion: Number(option('version')) }),
    ...(subnet ? { subnet } : {}),
  };
  const transport = options.includes('udp') ? 'udp' : options.includes('tcp') ? 'tcp' : undefined;
  return { asked, transport };
}

/** A reply in the form of the tables, sorted within sections. */
export function formatReply(reply: Reply): string[] {
  const { rcode, flags, opt } = reply;
  return [
    [rcode, ...flags].join(' '),
    ...reply.answer.toSorted(),
    ...reply.authority.map((record) => `^ ${record}`).sort(),
    ...reply.additional.map((record) => `+ ${record}`).sort(),
    ...(opt ? [['opt', opt.udpSize, opt.extendedRcode, opt.options.join(',')].join(' ').trim()] : []),
  ];
}

/** The expected lines, in the order of {@link formatReply}. */
export function sortExpected([head, ...lines]: string[]): string[] {
  const rank = (line: string) => 1 + ['^', '+', 'opt'].findIndex((mark) => line.startsWith(`${mark} `));
  return [head!, ...lines.toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))];
}
