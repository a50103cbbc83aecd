import type { CheckDefinition, HealthCheck } from '../../src/shared/model.ts';
import { limitNote } from './output.ts';
import { critical, type Probe, type ProbeResult, passing } from './probe.ts';

type AliasedCheck = Pick<HealthCheck, 'CheckID' | 'Name' | 'Status' | 'Output' | 'ServiceID'>;

/** Where alias checks see the checks of others: this host's in its local state, another node's in the catalog. */
export interface AliasSource {
  /** This host's node name. */
  readonly node: string;
  /** All checks of a node; "" is this host. None if the node is unknown. */
  checks(node: string): Iterable<AliasedCheck>;
  hasService(node: string, serviceId: string): boolean;
}

/** An alias check looks at its target this often, as it has no interval of its own. It costs a look into a Map. */
export const aliasIntervalMs = 1000;

export const makeAliasProbe =
  (source: AliasSource): Probe =>
  async (definition, { outputBytesMax }) => {
    const { Status, Output } = aliasResult(definition, source);
    // Each of two aliases of each other repeats what the other one has repeated.
    return { Status, Output: limitNote(Output, outputBytesMax) };
  };

/**
 * The worst of the aliased service's checks and its node's. The alias itself is left out when it is a check of that node:
 * it would see its own failure and never recover.
 */
export function aliasResult(definition: CheckDefinition, source: AliasSource): ProbeResult {
  const { AliasNode: node = '', AliasService: serviceId = '' } = definition;
  const isThisNode = node === '' || node.toLowerCase() === source.node.toLowerCase();
  const checks = [...source.checks(node)].filter(
    (check) =>
      (check.ServiceID === '' || check.ServiceID === serviceId) &&
      !(isThisNode && check.CheckID === definition.CheckID),
  );
  // A node without a check of its own is none that is unknown, if it is this one.
  const isFound =
    checks.some((check) => check.ServiceID === serviceId) ||
    (serviceId === '' ? isThisNode : source.hasService(node, serviceId));
  if (!isFound) {
    return critical(`Service ${serviceId} could not be found on node ${node}`);
  }
  return worst(checks);
}

function worst(checks: AliasedCheck[]): ProbeResult {
  for (const Status of ['critical', 'warning'] as const) {
    const failing = checks.find((check) => check.Status === Status);
    if (!failing) continue;
    return { Status, Output: `Aliased check ${JSON.stringify(failing.Name)} failing: ${failing.Output}` };
  }
  return passing(checks.length > 0 ? 'All checks passing.' : 'No checks found.');
}
