import { makeClientCommand } from './client-command.ts';
import { compileGoRegexp } from './go-regexp.ts';
import { told } from './told.ts';

export const eventCommand = makeClientCommand({
  name: 'event',
  call: '[flags] [payload]',
  summary: 'Fires an event that agents and their watches hear of',
  text: {
    about: [
      'Nothing is done by an event itself: watches of the type "event" run what they are told to. The payload reaches them as it is.',
    ],
    examples: [
      ['Tell every node', 'event -name=deploy v2'],
      ['Tell only nodes with a service', 'event -name=restart -service=web'],
    ],
  },
  flags: [
    { name: 'name', help: 'The name of the event. Needed.' },
    { name: 'node', help: 'A regular expression: only nodes whose name matches.' },
    { name: 'service', help: 'A regular expression: only nodes with a service whose name matches.' },
    { name: 'tag', help: 'A regular expression: only nodes with such a service that has a matching tag.' },
  ],
  async run(api, { name = '', ...filters }, [payload = '', ...tooMany]) {
    if (name === '') throw new Error('Event name must be specified');
    if (tooMany.length > 0) throw new Error('Too many command line arguments.');
    if (filters.tag && !filters.service) throw new Error('Cannot provide tag filter without service filter.');
    for (const filter of ['node', 'service', 'tag'] as const)
      compileGoRegexp(`${filter} filter regexp`, filters[filter] ?? '');
    const query = new URLSearchParams();
    for (const filter of ['node', 'service', 'tag'] as const)
      if (filters[filter]) query.set(filter, filters[filter]);
    const path = `/v1/event/fire/${encodeURIComponent(name)}${query.size > 0 ? `?${query}` : ''}`;
    const { ID } = JSON.parse(await told('firing event', api.put(path, payload))) as { ID: string };
    process.stdout.write(`Event ID: ${ID}\n`);
    return 0;
  },
});
