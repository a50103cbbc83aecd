/** The commands, as the first page lists them. */
import { agentCommand } from './agent.ts';
import { catalogCommand } from './catalog.ts';
import type { Command } from './command.ts';
import { debugCommand } from './debug.ts';
import { eventCommand } from './event.ts';
import { forceLeaveCommand } from './force-leave.ts';
import { infoCommand } from './info.ts';
import { joinCommand } from './join.ts';
import { keygenCommand } from './keygen.ts';
import { kvCommand } from './kv.ts';
import { leaveCommand } from './leave.ts';
import { lockCommand } from './lock.ts';
import { maintCommand } from './maint.ts';
import { membersCommand } from './members.ts';
import { monitorCommand } from './monitor.ts';
import { reloadCommand } from './reload.ts';
import { rttCommand } from './rtt.ts';
import { servicesCommand } from './services.ts';
import { snapshotCommand } from './snapshot.ts';
import { validateCommand } from './validate.ts';
import { versionCommand } from './version.ts';
import { watchCommand } from './watch.ts';

export const commands: Command[] = [
  agentCommand,
  catalogCommand,
  debugCommand,
  eventCommand,
  forceLeaveCommand,
  infoCommand,
  joinCommand,
  keygenCommand,
  kvCommand,
  leaveCommand,
  lockCommand,
  maintCommand,
  membersCommand,
  monitorCommand,
  reloadCommand,
  rttCommand,
  servicesCommand,
  snapshotCommand,
  validateCommand,
  versionCommand,
  watchCommand,
];
