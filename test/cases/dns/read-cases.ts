import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Asked, Reply } from '../../dns-client.ts';

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

/** Every case of every table, by file. */
export function readCases(): Map<string, DnsCase[]> {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.txt'));
  return new Map(
    files.map((file) => [file, parseCases(readFileSync(join(import.meta.dirname, file), 'utf8'))]),
  );
}

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

const parseConfig = (line: string): Record<string, unknown> =>
  Object.fromEntries([...line.matchAll(/(\w+)=(\S+)/g)].map(([, key, value]) => [key!, JSON.parse(value!)]));

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
