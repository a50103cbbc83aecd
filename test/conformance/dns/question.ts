/** A question of the list, asked over real sockets, and what is compared of the reply: records sorted, since Consul shuffles. */
import { askTcp, askUdp } from '../../dns-client.ts';
import { type Asked, decodeReply, encodeAsked, type Reply } from '../../dns-message.ts';

export interface ScriptedQuestion extends Asked {
  /** Default: UDP. */
  tcp?: boolean;
  /** Which records are chosen is random: only their number is compared, and whether they fit. */
  count?: boolean;
  note?: string;
}

export interface DnsAnswer {
  id: string;
  /** No reply, or none that can be read. */
  error?: string;
  rcode?: string;
  flags?: string[];
  question?: string[];
  answer?: string[];
  authority?: string[];
  additional?: string[];
  opt?: Reply['opt'];
  counts?: { answer: number; distinct: number; authority: number; additional: number; fits: boolean };
}

const udpBytesMin = 512;
const tcpBytesMax = 65_535;

/** Gives each its ID. @throws for what is asked twice. */
export function nameQuestions(questions: ScriptedQuestion[]): NamedQuestion[] {
  const named = questions.map((question) => ({ ...question, key: keyOf(question) }));
  const twice = named.find(({ key }, i) => named.findIndex((other) => other.key === key) !== i);
  if (twice) throw new Error(`asked twice: ${twice.key}`);
  return named;
}

type NamedQuestion = ScriptedQuestion & { key: string };

function keyOf(question: ScriptedQuestion): string {
  const { name, type = 'A', opcode, tcp, edns, recursionDesired = true } = question;
  const more = [
    question.class === undefined ? '' : ` class ${question.class}`,
    opcode === undefined ? '' : ` opcode ${opcode}`,
    tcp ? ' tcp' : '',
    edns === undefined ? '' : ` edns ${edns}`,
    recursionDesired ? '' : ' no-rd',
  ];
  return `dns: ${name || '.'} ${type}${more.join('')}`;
}

/** `id`: of the message, which the reply has to repeat. */
export async function ask(question: NamedQuestion, port: number, id: number): Promise<DnsAnswer> {
  const { key, tcp = false, count = false, edns = 0 } = question;
  try {
    const packet = encodeAsked({ recursionDesired: true, ...question, id });
    const [reply] = tcp ? await askTcp(port, packet) : [await askUdp(port, packet)];
    const decoded = decodeReply(reply!);
    if (decoded.id !== id) throw new Error(`the reply is to ${decoded.id}, not to ${id}`);
    const { rcode, flags, question: asked, opt } = decoded;
    const common = { id: key, rcode, flags, question: asked, ...(opt ? { opt } : {}) };
    if (!count) return { ...common, ...sections(decoded) };
    return { ...common, counts: counts(decoded, tcp ? tcpBytesMax : Math.max(udpBytesMin, edns)) };
  } catch (error) {
    return { id: key, error: (error as Error).message };
  }
}

function sections({ answer, authority, additional }: Reply) {
  const clean = (records: string[]) => records.map((record) => record.replace(serial, '$1 <serial>')).sort();
  return { answer: clean(answer), authority: clean(authority), additional: clean(additional) };
}

const serial = /( SOA \S+ \S+) \d+/;

const counts = ({ answer, authority, additional, bytes }: Reply, bytesMax: number) => ({
  answer: answer.length,
  distinct: new Set(answer).size,
  authority: authority.length,
  additional: additional.length,
  fits: bytes <= bytesMax,
});
