import { CatalogCache } from '../../../sidecar/cache/catalog-cache.ts';
import type { CatalogCheck, CatalogRegistration } from '../../../src/shared/catalog-write.ts';
import type { CatalogOp, Change } from '../../../src/shared/protocol/messages.ts';
import { aNode } from './a-node.ts';

/** A copy of a catalog that takes ops as the edge would, as far as these tests go. */
class WritableCatalog extends CatalogCache {
  /** Of node n1, with nothing on it. */
  readonly registration: CatalogRegistration = {
    Datacenter: '',
    ...identity('n1'),
    Checks: [],
    SkipNodeUpdate: true,
  };

  check(CheckID: string, ServiceID = ''): CatalogCheck {
    const rest = {
      Name: CheckID,
      Status: 'passing',
      Notes: '',
      Output: '',
      ServiceName: '',
      ServiceTags: [],
    };
    return { Node: 'n1', CheckID, ServiceID, ...rest, Type: '', Definition: {} };
  }

  write(op: CatalogOp): void {
    const index = this.lastIndex + 1;
    const raised = { CreateIndex: index, ModifyIndex: index };
    this.apply(index, 'Register' in op ? rows(op.Register, raised, this.datacenter) : []);
  }
}

export function catalogOf(changes: Change[]): WritableCatalog {
  const catalog = new WritableCatalog('dc1');
  catalog.apply(1, changes);
  return catalog;
}

function rows(
  registration: CatalogRegistration,
  raised: { CreateIndex: number; ModifyIndex: number },
  Datacenter: string,
): Change[] {
  const { Node, ID, Address, TaggedAddresses, NodeMeta: Meta, Service, Checks } = registration;
  const node = { ID, Node, Address, Datacenter, TaggedAddresses, Meta, ...raised };
  return [
    { Set: 'node', Row: node },
    ...(Service ? [{ Set: 'service' as const, Node, Row: { ...Service, ...raised } }] : []),
    ...Checks.map(({ DeregisterAfterMs, ...check }) => ({
      Set: 'check' as const,
      Row: { ...check, ...raised },
    })),
  ];
}

function identity(name: string) {
  const { Node, ID, Address, TaggedAddresses, NodeMeta } = aNode(name);
  return { Node, ID, Address, TaggedAddresses, NodeMeta };
}
