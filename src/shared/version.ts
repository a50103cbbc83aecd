/** The version of Rollcall; a test holds it equal to that of `package.json`. */
export const version = '0.1.0';

/** The version of Consul whose interfaces Rollcall speaks, for clients that look. */
export const consulVersion = '1.22.0';
