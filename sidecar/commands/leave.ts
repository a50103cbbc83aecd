import { makeClientCommand } from './client-command.ts';

export const leaveCommand = makeClientCommand({
  name: 'leave',
  summary: 'Takes the host out of the catalog and stops its agent',
  flags: [],
  async run(api) {
    try {
      await api.put('/v1/agent/leave');
    } catch (error) {
      throw new Error(`Error leaving: ${(error as Error).message}`);
    }
    process.stdout.write('Graceful leave complete\n');
    return 0;
  },
});
