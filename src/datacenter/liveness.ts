/**
 * Whether a host lives, decided from when it was last heard. Pure: the object gathers the times and acts on the answer.
 *
 * A sidecar that is connected was last heard at its last heartbeat; one whose connection closed, when it closed; one of
 * which this object knows nothing (it was just started: a deployment drops every socket at once) gets a longer grace
 * from the start of the object.
 */
export interface AgentTimes {
  Node: string;
  /** Last heartbeat or hello; undefined when it has no connection. */
  HeardAtMs: number | undefined;
  LostAtMs: number | null;
  /** `serfHealth` already says that it is gone. */
  Critical: boolean;
  /** `serfHealth` says that it is here; false as well where somebody took the check away. */
  Passing: boolean;
}

/** From how many silent hosts on, and above which share of all, a silence is not believed. */
export interface SilenceLimits {
  silentNodesMin: number;
  silentShareMax: number;
}

/** True when so many hosts are silent at once that the cause must be sought elsewhere than in them. */
export const isImplausible = (silentCount: number, agentCount: number, limits: SilenceLimits): boolean =>
  silentCount >= limits.silentNodesMin && silentCount > agentCount * limits.silentShareMax;

export interface LivenessLimits extends SilenceLimits {
  /** Silence after which a host counts as gone. */
  silenceMsMax: number;
  /** The same for hosts that had no time to come back since the object started. */
  restartGraceMs: number;
  /** Added while an implausible share of the hosts is silent: then the fault is probably not theirs. */
  massSilenceGraceMs: number;
}

export interface Judged {
  /** Nodes to turn critical now. */
  Silent: string[];
  /** More hosts fell silent together than is plausible; they are given `massSilenceGraceMs`. */
  Held: boolean;
  /** When a host could next be found silent; undefined when nobody is alive. */
  NextAtMs: number | undefined;
}

export function judge(
  agents: AgentTimes[],
  limits: LivenessLimits,
  startedAtMs: number,
  nowMs: number,
): Judged {
  const alive = agents.filter(({ Critical }) => !Critical);
  const deadlines = alive.map((agent) => ({
    Node: agent.Node,
    AtMs: deadlineAtMs(agent, limits, startedAtMs),
  }));
  const late = deadlines.filter(({ AtMs }) => AtMs <= nowMs);
  const silentCount = late.length + (agents.length - alive.length);
  const held = late.length > 0 && isImplausible(silentCount, agents.length, limits);
  const graceMs = held ? limits.massSilenceGraceMs : 0;
  const silent = late.filter(({ AtMs }) => AtMs + graceMs <= nowMs);
  const gone = new Set(silent.map(({ Node }) => Node));
  const open = deadlines.filter(({ Node }) => !gone.has(Node));
  return {
    Silent: [...gone],
    Held: held,
    NextAtMs: minimum(open.map(({ AtMs }) => (AtMs <= nowMs ? AtMs + graceMs : AtMs))),
  };
}

/** Hosts that can be heard though `serfHealth` does not say so: somebody else said what it says. */
export const selectDenied = (
  agents: AgentTimes[],
  { silenceMsMax }: LivenessLimits,
  nowMs: number,
): string[] =>
  agents
    .filter(
      ({ Passing, HeardAtMs }) => !Passing && HeardAtMs !== undefined && HeardAtMs + silenceMsMax > nowMs,
    )
    .map(({ Node }) => Node);

/**
 * Hosts of which nothing was heard since the object started, and from when on they count as lost. Noting it is what lets
 * the grace of a restart end: the object may start again before it is over, for every wake from memory is a start.
 */
export function selectMissing(
  agents: AgentTimes[],
  limits: LivenessLimits,
  startedAtMs: number,
): { Node: string; LostAtMs: number }[] {
  const LostAtMs = deadlineOfMissingMs(limits, startedAtMs) - limits.silenceMsMax;
  return agents
    .filter((agent) => !agent.Critical && agent.HeardAtMs === undefined && agent.LostAtMs === null)
    .map(({ Node }) => ({ Node, LostAtMs }));
}

function deadlineAtMs(
  { HeardAtMs, LostAtMs }: AgentTimes,
  limits: LivenessLimits,
  startedAtMs: number,
): number {
  if (HeardAtMs !== undefined) return HeardAtMs + limits.silenceMsMax;
  if (LostAtMs !== null) return LostAtMs + limits.silenceMsMax;
  return deadlineOfMissingMs(limits, startedAtMs);
}

const deadlineOfMissingMs = (limits: LivenessLimits, startedAtMs: number) =>
  startedAtMs + limits.restartGraceMs;

const minimum = (values: number[]) => (values.length > 0 ? Math.min(...values) : undefined);
