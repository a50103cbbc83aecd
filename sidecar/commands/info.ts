import { makeClientCommand } from './client-command.ts';
import { formatFlag, printedAsJson } from './format-flag.ts';
import { told } from './told.ts';

export const infoCommand = makeClientCommand({
  name: 'info',
  summary: 'Shows figures of the agent for those who run it',
  flags: [formatFlag],
  async run(api, { format }) {
    type Self = { Stats: Record<string, Record<string, string>> };
    const { Stats } = await told('querying agent', api.get<Self>('/v1/agent/self'));
    if (printedAsJson(format, Stats)) return 0;
    for (const [group, figures] of sorted(Stats)) {
      const lines = sorted(figures).map(([name, value]) => `\t${name} = ${value}\n`);
      process.stdout.write(`${group}:\n${lines.join('')}`);
    }
    return 0;
  },
});

const sorted = <Value>(map: Record<string, Value>) =>
  Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
