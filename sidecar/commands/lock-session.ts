/** The session that a lock is held with: renewed for as long as it is needed, so that a lock outlives no process for long. */
import type { Clock } from '../system/clock.ts';
import type { ApiClient } from './api-client.ts';

const ttlS = 15;
const renewIntervalMs = (ttlS / 2) * 1_000;

export class LockSession {
  readonly id: string;
  readonly #api: ApiClient;
  readonly #clock: Clock;
  #cancelRenewal: () => void = () => undefined;

  private constructor(id: string, api: ApiClient, clock: Clock) {
    this.id = id;
    this.#api = api;
    this.#clock = clock;
    this.#renewLater();
  }

  static async create(api: ApiClient, name: string, clock: Clock): Promise<LockSession> {
    const answer = await api.put('/v1/session/create', JSON.stringify({ Name: name, TTL: `${ttlS}s` }));
    return new LockSession((JSON.parse(answer) as { ID: string }).ID, api, clock);
  }

  async destroy(): Promise<void> {
    this.#cancelRenewal();
    await this.#api.put(`/v1/session/destroy/${this.id}`);
  }

  /** One renewal that fails is made up for by the next; if none succeeds, the lock is lost, which its holder sees. */
  #renewLater(): void {
    this.#cancelRenewal = this.#clock.after(renewIntervalMs, () => {
      void this.#api.put(`/v1/session/renew/${this.id}`).catch(() => undefined);
      this.#renewLater();
    });
  }
}
