/**
 * The settings of Consul's autopilot. They say how its servers keep their quorum; there is none here, so they are kept and
 * given back, and nothing follows from them.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/operator/autopilot.
 */
import { ApiError, isApiError } from '../shared/api-error.ts';
import { decodeBody } from '../shared/definition/decode-body.ts';
import { decodeJsonBody } from '../shared/definition/json-body.ts';
import { anything, boolean, duration, integer, string, struct } from '../shared/definition/shape.ts';
import { formatDuration } from '../shared/duration.ts';
import type { NewConfigEntry } from './config-entry.ts';

/** Where it is kept: no kind of config entries is named so. */
export const autopilotKind = 'operator/autopilot';

const autopilotConfig = struct('api.AutopilotConfiguration', {
  CleanupDeadServers: boolean,
  LastContactThreshold: duration,
  MaxTrailingLogs: integer,
  MinQuorum: integer,
  ServerStabilizationTime: duration,
  RedundancyZoneTag: string,
  DisableUpgradeMigration: boolean,
  UpgradeVersionTag: string,
  CreateIndex: anything,
  ModifyIndex: anything,
});

/** As long as none were written: `?cas=0` writes the first. */
export const autopilotDefaults = {
  CleanupDeadServers: true,
  LastContactThreshold: '200ms',
  MaxTrailingLogs: 250,
  MinQuorum: 0,
  ServerStabilizationTime: '10s',
  RedundancyZoneTag: '',
  DisableUpgradeMigration: false,
  UpgradeVersionTag: '',
  CreateIndex: 0,
  ModifyIndex: 0,
};

/** What is left out is empty, not what it was. @throws {ApiError} 400 "Error parsing autopilot config: …". */
export function decodeAutopilot(text: string): NewConfigEntry {
  const written = decode(text);
  return {
    Kind: autopilotKind,
    Name: '',
    CleanupDeadServers: written.CleanupDeadServers ?? false,
    LastContactThreshold: formatDuration(written.LastContactThreshold ?? 0),
    MaxTrailingLogs: written.MaxTrailingLogs ?? 0,
    MinQuorum: written.MinQuorum ?? 0,
    ServerStabilizationTime: formatDuration(written.ServerStabilizationTime ?? 0),
    RedundancyZoneTag: written.RedundancyZoneTag ?? '',
    DisableUpgradeMigration: written.DisableUpgradeMigration ?? false,
    UpgradeVersionTag: written.UpgradeVersionTag ?? '',
  };
}

function decode(text: string) {
  try {
    return decodeBody(autopilotConfig, decodeJsonBody(text));
  } catch (error) {
    if (!isApiError(error)) throw error;
    throw new ApiError(
      error.status,
      error.message.replace('Request decode failed', 'Error parsing autopilot config'),
    );
  }
}
