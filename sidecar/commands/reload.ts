import { makeClientCommand } from './client-command.ts';

export const reloadCommand = makeClientCommand({
  name: 'reload',
  summary: 'Makes the agent read its configuration files again',
  flags: [],
  async run(api) {
    try {
      await api.put('/v1/agent/reload');
    } catch (error) {
      throw new Error(`Error reloading: ${(error as Error).message}`);
    }
    process.stdout.write('Configuration reload triggered\n');
    return 0;
  },
});
