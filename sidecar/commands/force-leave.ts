import { makeClientCommand } from './client-command.ts';
import { told } from './told.ts';

export const forceLeaveCommand = makeClientCommand({
  name: 'force-leave',
  call: '[flags] node',
  summary: 'Takes a host that failed out of the catalog; one that lives would be back at once',
  text: {
    examples: [['Forget a machine that will not come back', 'force-leave host-a']],
  },
  flags: [
    { name: 'prune', type: 'bool', help: 'Accepted: what has left is never kept in the list.' },
    { name: 'wan', type: 'bool', help: 'Accepted: there is no gossip between datacenters here.' },
  ],
  async run(api, { prune = false }, nodes) {
    if (nodes.length !== 1) throw new Error('A single node name must be specified to force leave.');
    const path = `/v1/agent/force-leave/${encodeURIComponent(nodes[0]!)}${prune ? '?prune=1' : ''}`;
    await told('force leaving', api.put(path));
    return 0;
  },
});
