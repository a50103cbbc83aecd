import { type MemberJson, memberStatus } from '../../src/shared/member.ts';
import { makeClientCommand } from './client-command.ts';
import { formatFlag, printedAsJson } from './format-flag.ts';
import { compileGoRegexp } from './go-regexp.ts';
import { formatTable } from './table.ts';
import { told } from './told.ts';

/** Consul's word for members of any segment. */
const allSegments = '_all';
/** The one that all are in. */
const partition = 'default';
/** Consul's code for "nobody matches". */
const nobodyCode = 2;

export const membersCommand = makeClientCommand({
  name: 'members',
  summary: 'Lists the hosts that have joined, and whether they are alive',
  text: {
    about: ['It ends with 2 if nobody is to be shown.'],
    examples: [
      ['Who is not there', 'members -status=failed'],
      ['Those of one datacenter, by an expression', "members -wan -filter='Tags.dc == dc2'"],
    ],
  },
  flags: [
    { name: 'detailed', type: 'bool', help: 'Show every tag of each member.' },
    { name: 'filter', help: 'An expression that must be true of each.' },
    formatFlag,
    { name: 'segment', help: 'Only members of this network segment: none here has one. Default: all.' },
    { name: 'status', help: 'Only members whose status matches this regular expression. Default: ".*".' },
    {
      name: 'wan',
      type: 'bool',
      help: 'The servers of all datacenters, each with its datacenter in its name.',
    },
  ],
  async run(api, values) {
    const hasStatus = compileGoRegexp('status regexp', values.status ?? '.*');
    const query = new URLSearchParams({
      segment: values.segment ?? allSegments,
      ...(values.wan && { wan: '1' }),
      ...(values.filter && { filter: values.filter }),
    });
    const all = await told('retrieving members', api.get<MemberJson[]>(`/v1/agent/members?${query}`));
    const members = all
      .filter((member) => hasStatus(statusOf(member)))
      .sort((a, b) => compare(sortKey(a), sortKey(b)));
    if (!printedAsJson(values.format, members) && members.length > 0)
      process.stdout.write(values.detailed ? detailed(members) : standard(members));
    return members.length > 0 ? 0 : nobodyCode;
  },
});

const statusOf = ({ Status }: MemberJson): string =>
  Object.entries(memberStatus).find(([, code]) => code === Status)?.[0] ?? 'none';

/** Servers first, then by name, as Consul lists them. */
const sortKey = ({ Tags, Name }: MemberJson) => `${Tags.role === 'consul' ? 0 : 1}${Name}`;
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const addressOf = ({ Addr, Port }: MemberJson) =>
  Addr.includes(':') ? `[${Addr}]:${Port}` : `${Addr}:${Port}`;

const segmentOf = ({ Tags }: MemberJson) => Tags.segment || (Tags.role === 'consul' ? '<all>' : '<default>');

/** Consul's own agents add a commit after a colon. */
const buildOf = ({ Tags }: MemberJson) => (Tags.build ?? '').split(':')[0]!;

function standard(members: MemberJson[]): string {
  const header = ['Node', 'Address', 'Status', 'Type', 'Build', 'Protocol', 'DC', 'Partition', 'Segment'];
  const rows = members.map((member) => [
    member.Name,
    addressOf(member),
    statusOf(member),
    member.Tags.role === 'consul' ? 'server' : 'client',
    buildOf(member),
    member.Tags.vsn ?? '',
    member.Tags.dc ?? '',
    partition,
    segmentOf(member),
  ]);
  return formatTable([header, ...rows]);
}

function detailed(members: MemberJson[]): string {
  const rows = members.map((member) => [
    member.Name,
    addressOf(member),
    statusOf(member),
    Object.entries({ ...member.Tags, ap: partition, segment: segmentOf(member) })
      .sort(([a], [b]) => compare(a, b))
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
  ]);
  return formatTable([['Node', 'Address', 'Status', 'Tags'], ...rows]);
}
