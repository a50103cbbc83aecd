/**
 * Why the agent cannot start (or reload) with what it was told: flags, files or their sum. The message is complete, says
 * what to change, and is printed as it stands.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
