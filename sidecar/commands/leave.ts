import { makeClientCommand } from './client-command.ts';
import { told } from './told.ts';

export const leaveCommand = makeClientCommand({
  name: 'leave',
  summary: 'Takes the host out of the catalog and stops its agent',
  text: {
    about: [
      'Its services are gone from the answers of all others. To bring the host back, start the agent again.',
    ],
  },
  flags: [],
  async run(api) {
    await told('leaving', api.put('/v1/agent/leave'));
    process.stdout.write('Graceful leave complete\n');
    return 0;
  },
});
