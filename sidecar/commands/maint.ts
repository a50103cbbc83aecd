import type { ApiClient } from './api-client.ts';
import { makeClientCommand } from './client-command.ts';
import { told } from './told.ts';

interface AgentCheck {
  CheckID: string;
  ServiceID: string;
  Notes: string;
}

const nodeCheckId = '_node_maintenance';
const serviceCheckPrefix = '_service_maintenance:';

export const maintCommand = makeClientCommand({
  name: 'maint',
  summary: 'Takes the host or one of its services out of what others find, or shows what is',
  text: {
    about: [
      'A critical check is added, so that neither DNS nor queries for what passes find it; the reason is in the notes of the check. It outlives a restart of the agent. Without flags it shows what is under maintenance, and nothing if nothing is.',
    ],
    examples: [
      ['Take the host out', "maint -enable -reason='new disk'"],
      ['Take one service out', 'maint -enable -service=web'],
      ['Bring the host back', 'maint -disable'],
    ],
  },
  flags: [
    { name: 'enable', type: 'bool', help: 'Take it out.' },
    { name: 'disable', type: 'bool', help: 'Bring it back.' },
    { name: 'reason', help: 'Why, for those who look at the catalog. Only with -enable.' },
    { name: 'service', help: 'The ID of the service it is about. Default: the host with all of them.' },
  ],
  async run(api, { enable = false, disable = false, reason = '', service = '' }) {
    if (enable && disable) throw new Error('Only one of -enable or -disable may be provided');
    if (!enable && reason !== '') throw new Error('Reason may only be provided with -enable');
    if (!enable && !disable && service !== '') throw new Error('Service requires either -enable or -disable');
    if (!enable && !disable) return show(api);
    const path =
      service === ''
        ? '/v1/agent/maintenance'
        : `/v1/agent/service/maintenance/${encodeURIComponent(service)}`;
    const query = new URLSearchParams({ enable: String(enable), ...(reason === '' ? {} : { reason }) });
    const what = service === '' ? 'node' : 'service';
    await told(`${enable ? 'enabling' : 'disabling'} ${what} maintenance`, api.put(`${path}?${query}`));
    const whose = service === '' ? 'Node maintenance' : 'Service maintenance';
    const of = service === '' ? '' : ` for ${JSON.stringify(service)}`;
    process.stdout.write(`${whose} is now ${enable ? 'enabled' : 'disabled'}${of}\n`);
    return 0;
  },
});

/** Nothing, where nothing is under maintenance. */
async function show(api: ApiClient): Promise<number> {
  const self = api.get<{ Config: { NodeName: string } }>('/v1/agent/self');
  const { Config } = await told('querying Consul agent', self);
  const checks = await told('getting checks', api.get<Record<string, AgentCheck>>('/v1/agent/checks'));
  for (const { CheckID, ServiceID, Notes } of Object.values(checks)) {
    if (CheckID === nodeCheckId)
      process.stdout.write(`Node:\n  Name:   ${Config.NodeName}\n  Reason: ${Notes}\n\n`);
    else if (CheckID.startsWith(serviceCheckPrefix))
      process.stdout.write(`Service:\n  ID:     ${ServiceID}\n  Reason: ${Notes}\n\n`);
  }
  return 0;
}
