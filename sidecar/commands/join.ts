import { makeClientCommand } from './client-command.ts';

export const joinCommand = makeClientCommand({
  name: 'join',
  call: '[flags] address...',
  summary: 'Tells the agent to join an edge; it can be at one that it is configured for',
  text: {
    about: ['An address is a URL or host[:port].'],
    examples: [['Try an edge', 'join 10.0.0.5']],
  },
  flags: [{ name: 'wan', type: 'bool', help: 'Accepted for scripts written for Consul.' }],
  async run(api, { wan = false }, addresses) {
    if (addresses.length === 0) throw new Error('At least one address to join must be specified.');
    let joined = 0;
    for (const address of addresses) {
      try {
        await api.put(`/v1/agent/join/${encodeURIComponent(address)}${wan ? '?wan=1' : ''}`);
        joined += 1;
      } catch (error) {
        process.stderr.write(`Error joining address '${address}': ${(error as Error).message}\n`);
      }
    }
    if (joined === 0) throw new Error('Failed to join any nodes.');
    process.stdout.write(`Successfully joined cluster by contacting ${joined} nodes.\n`);
    return 0;
  },
});
