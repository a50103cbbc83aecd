/**
 * Who this host is to the catalog, whatever its name: configured, or made once and kept in the data directory. It is random
 * unless `disable_host_node_id` is false; then it follows from the machine, as Consul derives it, and a host whose disk was
 * lost is the node it was.
 */
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { uuidFault } from '../../src/shared/definition/uuid-fault.ts';
import type { AgentConfig } from '../config/agent-config.ts';
import { readIfThere, writeDurably } from '../system/durable-file.ts';
import { setAsideDamaged } from '../system/kept-file.ts';
import type { Logger } from '../system/logger.ts';

type IdentityConfig = Pick<AgentConfig, 'nodeId' | 'dataDir' | 'hostNodeId'>;

/** Where Linux tells machines apart, best first; the second is of the installation, and cloned with it. */
const machineIdPaths = ['/sys/class/dmi/id/product_uuid', '/etc/machine-id'];

/** @throws what the disk says. */
export function findNodeId({ nodeId, dataDir, hostNodeId }: IdentityConfig, logger: Logger): string {
  const make = () => (hostNodeId ? machineNodeId(machineIdPaths, logger) : undefined) ?? randomUUID();
  if (nodeId) return nodeId;
  if (dataDir === '') return make();
  const path = join(dataDir, 'node-id');
  const kept = keptNodeId(path, logger);
  if (kept) return kept;
  const made = make();
  try {
    writeDurably(path, `${made}\n`);
  } catch (error) {
    throw new Error(`the node ID cannot be kept in ${path}: ${(error as Error).message}`);
  }
  return made;
}

/** A damaged ID is no ID: the host is then a new one, which takes the node's name over as soon as nobody else has it. */
function keptNodeId(path: string, logger: Logger): string | undefined {
  try {
    const id = readIfThere(path)?.trim().toLowerCase();
    const fault = id === undefined ? undefined : uuidFault(id);
    if (fault) throw new Error(fault);
    return id;
  } catch (error) {
    setAsideDamaged(path, error as Error, logger);
    return undefined;
  }
}

/** The hash of the first machine ID there is: those of one maker resemble each other. Undefined where there is none. */
export function machineNodeId(paths: string[], logger: Pick<Logger, 'warn'>): string | undefined {
  for (const path of paths) {
    const uuid = asUuid(readMachineId(path));
    if (uuidFault(uuid)) continue;
    const hash = createHash('sha512').update(uuid).digest('hex');
    return hash.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }
  logger.warn('this machine has no ID, so the node ID is random', { looked: paths.join(' ') });
  return undefined;
}

/** "" where it is not for this user to read. */
function readMachineId(path: string): string {
  try {
    return readIfThere(path) ?? '';
  } catch {
    return '';
  }
}

const asUuid = (text: string) =>
  text
    .trim()
    .toLowerCase()
    .replace(/^([\da-f]{8})([\da-f]{4})([\da-f]{4})([\da-f]{4})([\da-f]{12})$/, '$1-$2-$3-$4-$5');
