import type { TokenSettings } from './admit.ts';

/** Says on every answer what happens to a request without a token. */
export const policyHeader = 'X-Consul-Default-ACL-Policy';

export const defaultPolicy = ({ ROLLCALL_TOKEN }: TokenSettings) => (ROLLCALL_TOKEN ? 'deny' : 'allow');
