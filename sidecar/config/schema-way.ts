/**
 * The groups of keys about TLS and about the way to the edge, documented as in schema.ts.
 *
 * Source: https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file.
 */
import { boolean, string, struct } from '../../src/shared/definition/shape.ts';
import { unused } from './unused.ts';
import { allUnused } from './unused-keys.ts';

const tlsFiles = {
  /** The certificate authority, PEM, that the other side's certificate must come from. Default: those of the system. */
  ca_file: string,
  /** A directory of such files, if there is no `ca_file`. */
  ca_path: string,
  /** This agent's own certificate and key, PEM. They are read again on reload. */
  cert_file: string,
  key_file: string,
  /** Ask clients for a certificate, which must come from `ca_file`. Default false. */
  verify_incoming: boolean,
  /** Join an edge by https alone. What is joined by https is verified in any case. Default false. */
  verify_outgoing: boolean,
};

/** The flat keys of older files: those of `tls.defaults`. */
export const flatTls = {
  ...tlsFiles,
  verify_incoming_https: boolean,
  /** Of an edge that runs here. */
  verify_incoming_rpc: boolean,
  verify_server_hostname: boolean,
  /** "tls10", "tls11", "tls12" or "tls13". Default "tls12". */
  tls_min_version: string,
  tls_cipher_suites: string,
};

const tlsSide = {
  ...tlsFiles,
  /** "TLSv1_0", "TLSv1_1", "TLSv1_2" or "TLSv1_3". Default "TLSv1_2". */
  tls_min_version: string,
  /** Cipher suites of TLS 1.2 and below, by Go's names, separated by commas. Default: those of Node.js. */
  tls_cipher_suites: string,
};

const serverHostname = {
  /** The certificate of the edge must be for `server.<datacenter>.<domain>`, whatever its address. Default false. */
  verify_server_hostname: boolean,
};

const unusedTls = allUnused({ use_auto_cert: boolean });

export const tls = struct('tls', {
  /** For whatever the others do not set. */
  defaults: struct('tls.defaults', { ...tlsSide, ...serverHostname, ...unusedTls }),
  /** For the connection to the edge. */
  internal_rpc: struct('tls.internal_rpc', { ...tlsSide, ...serverHostname, ...unusedTls }),
  /** For `ports.https`. */
  https: struct('tls.https', { ...tlsSide, ...allUnused({ verify_server_hostname: boolean }), ...unusedTls }),
  grpc: unused(struct('tls.grpc', { ...tlsSide, ...serverHostname, ...unusedTls })),
});

/** What stands between this host and its edge. Not in Consul. */
export const edge = struct('edge', {
  /**
   * The proxy to reach the edge through, as `http://proxy:3128` or `https://…`, with `user:password@` if it asks for them.
   * "direct" is none. Default: HTTPS_PROXY (HTTP_PROXY for an http edge), else ALL_PROXY, unless NO_PROXY names the edge.
   */
  proxy: string,
  /** The name that the edge's certificate must have. Default: CONSUL_TLS_SERVER_NAME, or that of its URL. */
  tls_server_name: string,
  /** The service token by which Cloudflare Access lets this host in. Default: CLOUDFLARE_ACCESS_CLIENT_ID. */
  access_client_id: string,
  /** Default: CLOUDFLARE_ACCESS_CLIENT_SECRET. */
  access_client_secret: string,
});
