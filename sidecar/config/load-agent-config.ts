/** All sources of an agent's configuration, in the order of their weight: dev mode, files, `-hcl` fragments, flags. */
import { type AgentFlagValues, agentFlagConfig, configSources } from './agent-flags.ts';
import { parseConfigFile } from './config-file.ts';
import type { HostFacts } from './host-facts.ts';
import { loadConfigFiles } from './load.ts';
import { mergeConfigs } from './merge.ts';
import { devConfig, type ResolvedConfig, resolveConfig } from './resolve.ts';
import type { FileConfig } from './schema.ts';
import { passedOverFlags } from './unused-flags.ts';

type Environment = Record<string, string | undefined>;

/** Reads the files anew each time, so that it serves reloads too. @throws {ConfigError} */
export function loadAgentConfig(
  flags: AgentFlagValues,
  environment: Environment,
  host: HostFacts,
): ResolvedConfig {
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const dev = flags.dev ?? false;
  const { paths, format } = configSources(flags);
  const written = mergeConfigs([
    dev ? devConfig : {},
    ...loadConfigFiles(paths, format, warn),
    ...(flags.hcl ?? []).map((text) => parseConfigFile('flag -hcl', text, 'hcl', warn)),
    agentFlagConfig(flags),
  ]);
  const resolved = resolveConfig(withEnvironment(written, environment), dev, host);
  const passedOver = passedOverFlags(flags);
  if (passedOver.length > 0) warnings.push(`flags without effect here: ${passedOver.join(', ')}`);
  return { ...resolved, warnings: [...warnings, ...resolved.warnings] };
}

/** What the environment says counts where no file or flag does. */
function withEnvironment(written: FileConfig, environment: Environment): FileConfig {
  return withEdgeVariables(withToken(written, environment), environment);
}

/** Those of Consul's commands and of Wrangler, for a host whose environment is set up for both. */
function withEdgeVariables(written: FileConfig, environment: Environment): FileConfig {
  const { edge = {}, tls = {} } = written;
  const hasAuthority = [written, tls.defaults, tls.internal_rpc].some(
    (side) => side?.ca_file || side?.ca_path,
  );
  const { CONSUL_CACERT: ca_file, CONSUL_CAPATH: ca_path } = environment;
  const authority = hasAuthority ? {} : { ...(ca_file && { ca_file }), ...(ca_path && { ca_path }) };
  const token =
    edge.access_client_id || edge.access_client_secret
      ? {}
      : {
          access_client_id: environment.CLOUDFLARE_ACCESS_CLIENT_ID ?? '',
          access_client_secret: environment.CLOUDFLARE_ACCESS_CLIENT_SECRET ?? '',
        };
  return {
    ...written,
    edge: { tls_server_name: environment.CONSUL_TLS_SERVER_NAME ?? '', ...edge, ...token },
    tls: { ...tls, internal_rpc: { ...tls.internal_rpc, ...authority } },
  };
}

/**
 * The token of the environment serves the agent's own work where nothing else is set. It never becomes the default token:
 * that would lend it to every program on the host.
 */
function withToken(written: FileConfig, { CONSUL_HTTP_TOKEN: token }: Environment): FileConfig {
  const { tokens = {} } = written.acl ?? {};
  if (!token || tokens.default !== undefined) return written;
  const own = { agent: token, config_file_service_registration: token };
  return { ...written, acl: { ...written.acl, tokens: { ...own, ...tokens } } };
}
