import { makeClientCommand } from './client-command.ts';
import { told } from './told.ts';

export const reloadCommand = makeClientCommand({
  name: 'reload',
  summary: 'Makes the agent read its configuration files again',
  text: {
    about: ['It does what SIGHUP does. Files with a fault change nothing, and the fault is shown.'],
  },
  flags: [],
  async run(api) {
    await told('reloading', api.put('/v1/agent/reload'));
    process.stdout.write('Configuration reload triggered\n');
    return 0;
  },
});
