/**
 * The agent's own tokens: those of its configuration, in place of which others may be set over the API. Those are kept
 * over a restart where there is a file for them.
 */
import type { AgentConfig } from '../config/agent-config.ts';
import type { KeptFile } from '../system/kept-file.ts';

type Tokens = AgentConfig['tokens'];
export type TokenKind = keyof Tokens;

/** The kinds by their names in the API, the older ones too. */
const kinds: Record<string, TokenKind | 'unused'> = {
  default: 'default',
  acl_token: 'default',
  agent: 'agent',
  acl_agent_token: 'agent',
  agent_recovery: 'agentRecovery',
  agent_master: 'agentRecovery',
  acl_agent_master_token: 'agentRecovery',
  config_file_service_registration: 'configFileServiceRegistration',
  dns: 'dns',
  // Whom the edge replicates from is no affair of a host.
  replication: 'unused',
  acl_replication_token: 'unused',
};

/** Undefined for what is no kind of token. */
export const tokenKind = (name: string): TokenKind | 'unused' | undefined =>
  Object.hasOwn(kinds, name) ? kinds[name] : undefined;

export class AgentTokens {
  readonly #configured: () => Tokens;
  readonly #file: KeptFile<Partial<Tokens>> | undefined;
  #set: Partial<Tokens>;

  /** @throws what the disk says. */
  constructor(configured: () => Tokens, file: KeptFile<Partial<Tokens>> | undefined) {
    this.#configured = configured;
    this.#file = file;
    this.#set = file?.read() ?? {};
  }

  get(kind: TokenKind): string {
    const configured = this.#configured();
    const fallback = kind === 'agentRecovery' ? '' : (this.#set.default ?? configured.default);
    // What the configuration leaves to the default token goes with it when that is set anew.
    const own = configured[kind] === configured.default ? fallback : configured[kind];
    return this.#set[kind] ?? own;
  }

  /** @throws what the disk says; then it is as before. */
  set(kind: TokenKind, token: string): void {
    const next = { ...this.#set, [kind]: token };
    this.#file?.write(next);
    this.#set = next;
  }
}
