/** `rollcall services`: what this host declares, from files or flags. */
import type { FlagValues } from '../config/flags.ts';
import { makeClientCommand } from './client-command.ts';
import { makeCommandGroup } from './command-group.ts';
import { loadServices, serviceBody } from './service-body.ts';
import { told } from './told.ts';

const registerFlags = [
  { name: 'name', help: 'The name of the service. Needed unless files are given.' },
  { name: 'id', help: 'The ID of the instance. Default: the name.' },
  { name: 'address', help: 'The address of the instance. Default: that of the node.' },
  { name: 'port', type: 'int', help: 'The port of the instance.' },
  { name: 'socket', help: 'The path of the Unix socket of the instance.' },
  { name: 'tag', type: 'list', help: 'A tag. May be given several times.' },
  { name: 'meta', type: 'pairs', help: 'Metadata, as key=value. May be given several times.' },
  {
    name: 'tagged-address',
    type: 'list',
    help: 'Another address, as name=address:port. May be given several times.',
  },
  { name: 'kind', help: 'The kind of the service, where it is a part of a mesh.' },
] as const;

const registerCommand = makeClientCommand({
  name: 'services register',
  call: '[flags] [file...]',
  summary: 'Registers services with the agent, from config files or flags',
  text: {
    about: [
      'Files are those that an agent reads, in JSON or HCL; all services of each are registered. They stay until they are deregistered, and are not read again by the agent.',
    ],
    examples: [
      ['From a file', 'services register web.json'],
      ['From flags', 'services register -name=web -port=8080 -tag=v1'],
    ],
  },
  flags: registerFlags,
  async run(api, values, files) {
    if (files.length > 0 && values.name)
      throw new Error('Service registration requires arguments or -id, not both.');
    if (files.length === 0 && !values.name)
      throw new Error('Service registration requires at least one argument or flags.');
    const bodies =
      files.length > 0
        ? loadServices(files).map((service) => ({ Name: service.Name, body: serviceBody(service) }))
        : [{ Name: values.name, body: flagBody(values) }];
    for (const { Name, body } of bodies) {
      const done = api.put('/v1/agent/service/register', JSON.stringify(body));
      await told(`registering service ${JSON.stringify(Name ?? '')}`, done);
      process.stdout.write(`Registered service: ${Name}\n`);
    }
    return 0;
  },
});

function flagBody(values: FlagValues<typeof registerFlags>): object {
  const { name, id, address, port, socket, tag, meta, kind } = values;
  return {
    Name: name,
    ...(kind && { Kind: kind }),
    ...(id && { ID: id }),
    ...(address && { Address: address }),
    ...(port && { Port: port }),
    ...(socket && { SocketPath: socket }),
    ...(tag && { Tags: tag }),
    ...(meta && { Meta: meta }),
    ...(values['tagged-address'] && {
      TaggedAddresses: Object.fromEntries(values['tagged-address'].map(readTaggedAddress)),
    }),
  };
}

/** "lan=10.0.0.1:80", IPv6 in brackets. @throws for what is none. */
function readTaggedAddress(text: string): [string, { Address: string; Port: number }] {
  const [, name = '', address = '', port = ''] = /^([^=]+)=\[?([^\]]*?)\]?:(\d+)$/.exec(text) ?? [];
  if (name === '' || Number(port) > portMax)
    throw new Error(`invalid tagged address ${JSON.stringify(text)}: expected name=address:port`);
  return [name, { Address: address, Port: Number(port) }];
}

const portMax = 65_535;

const deregisterCommand = makeClientCommand({
  name: 'services deregister',
  call: '[flags] [file...]',
  summary: 'Deregisters services from the agent, by ID or as config files name them',
  text: {
    about: [
      'It has to be the agent that they were registered with. What its config files declare is back when it reads them again.',
    ],
    examples: [
      ['One, by its ID', 'services deregister -id=web'],
      ['All that files name', 'services deregister web.json db.json'],
    ],
  },
  flags: [{ name: 'id', help: 'The ID of the instance. Needed unless files are given.' }],
  async run(api, { id = '' }, files) {
    if (files.length > 0 && id !== '')
      throw new Error('Service deregistration requires arguments or -id, not both.');
    if (files.length === 0 && id === '')
      throw new Error('Service deregistration requires at least one argument or -id.');
    const ids = files.length > 0 ? loadServices(files).map(({ ID, Name }) => ID || Name || '') : [id];
    for (const one of ids) {
      const done = api.put(`/v1/agent/service/deregister/${encodeURIComponent(one)}`);
      await told(`deregistering service ${JSON.stringify(one)}`, done);
      process.stdout.write(`Deregistered service: ${one}\n`);
    }
    return 0;
  },
});

export const servicesCommand = makeCommandGroup(
  'services',
  'Registers services with the agent, and deregisters them',
  [deregisterCommand, registerCommand],
  {
    about: ['For what all hosts have declared: rollcall catalog.'],
    examples: [['Register what a file says', 'services register web.json']],
  },
);
