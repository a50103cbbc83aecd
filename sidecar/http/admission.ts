/**
 * Who may use this agent's own endpoints. Where tokens are in use, the edge knows which are good; the agent knows its own
 * and asks about any other, at most every half minute for each.
 */
import { ApiError } from '../../src/shared/api-error.ts';
import type { EdgeClient } from '../sync/edge-client.ts';
import type { Clock } from '../system/clock.ts';

export interface AdmissionOptions {
  /** The tokens this agent was configured with, by use. */
  tokens(): { default: string; agent: string };
  edge: EdgeClient;
  clock: Clock;
}

const rememberedMs = 30_000;
const tokensRememberedMax = 1_000;
const timeoutMs = 3_000;

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #remembered = new Map<string, { admitted: boolean; untilMs: number }>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** @throws {ApiError} 403 in Consul's words, 500 when the edge would have to be asked and cannot be. */
  async admit(presented: string): Promise<void> {
    if (this.isAdmitted(presented)) return;
    const token = presented || this.#options.tokens().default;
    if (token === '')
      throw new ApiError(
        403,
        'Permission denied: no token was sent and this agent has no default token. Send one as X-Consul-Token, or set ' +
          'acl.tokens.default.',
      );
    if (!(await this.#isGood(token))) throw new ApiError(403, 'ACL not found');
  }

  /** Whether {@link admit} would admit it without asking anybody. */
  isAdmitted(presented: string): boolean {
    const tokens = this.#options.tokens();
    // Without any token of its own the agent joined an open edge: as in Consul without ACLs, whoever reaches it may.
    if (tokens.agent === '') return true;
    const token = presented || tokens.default;
    if (token === '') return false;
    return token === tokens.agent || token === tokens.default || this.#recall(token) === true;
  }

  async #isGood(token: string): Promise<boolean> {
    const known = this.#recall(token);
    if (known !== undefined) return known;
    const nowMs = this.#options.clock.monotonicMs();
    const admitted = await this.#ask(token);
    if (this.#remembered.size >= tokensRememberedMax) this.#remembered.clear();
    this.#remembered.set(token, { admitted, untilMs: nowMs + rememberedMs });
    return admitted;
  }

  /** Undefined for one that was never asked about, or too long ago. */
  #recall(token: string): boolean | undefined {
    const known = this.#remembered.get(token);
    return known && known.untilMs > this.#options.clock.monotonicMs() ? known.admitted : undefined;
  }

  async #ask(token: string): Promise<boolean> {
    try {
      const path = '/v1/status/leader';
      const headers = { 'X-Consul-Token': token };
      const { status } = await this.#options.edge.request({ method: 'GET', path, headers, timeoutMs });
      return status === 200;
    } catch {
      throw new ApiError(500, 'No cluster leader: the edge cannot be asked about this token');
    }
  }
}
