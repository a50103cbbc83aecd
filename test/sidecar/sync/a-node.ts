import type { AgentNode } from '../../../src/shared/protocol/messages.ts';

export const aNode = (Node: string): AgentNode => ({
  Node,
  ID: '00000000-0000-0000-0000-000000000001',
  Address: '10.0.0.1',
  TaggedAddresses: null,
  NodeMeta: { zone: 'z1' },
  Role: 'client',
  ServerPort: 0,
  Version: '0.1.0',
});
