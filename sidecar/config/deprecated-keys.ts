/**
 * Older names of keys, which mean the same as long as the newer one is not in the same file.
 *
 * Source: https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file.
 */
import type { Warn } from '../../src/shared/definition/check-definition.ts';
import { boolean, string } from '../../src/shared/definition/shape.ts';
import { isObject } from '../../src/shared/is-object.ts';
import type { FileConfig } from './schema.ts';

/** The ones at the top of a file. */
export const deprecatedKeys = {
  acl_agent_master_token: string,
  acl_agent_token: string,
  acl_token: string,
  ui: boolean,
  ui_content_path: string,
  ui_dir: string,
};

/** The ones among `acl.tokens`. */
export const deprecatedTokens = { agent_master: string, master: string };

const newerNames: [deprecated: string, newer: string][] = [
  ['acl.tokens.agent_master', 'acl.tokens.agent_recovery'],
  ['acl.tokens.master', 'acl.tokens.initial_management'],
  ['acl_agent_master_token', 'acl.tokens.agent_recovery'],
  ['acl_agent_token', 'acl.tokens.agent'],
  ['acl_token', 'acl.tokens.default'],
  ['ui', 'ui_config.enabled'],
  ['ui_content_path', 'ui_config.content_path'],
  ['ui_dir', 'ui_config.dir'],
];

type Document = Record<string, unknown>;

/** What a file says, under the names of today. Each older one is warned of. */
export function withNewerNames(config: FileConfig, warn: Warn): FileConfig {
  let document: Document = config;
  for (const [deprecated, newer] of newerNames) {
    const value = deprecated.split('.').reduce<unknown>(memberOf, document);
    if (value === undefined) continue;
    warn(`The '${deprecated}' field is deprecated. Use the '${newer}' field instead.`);
    document = withMember(withMember(document, deprecated.split('.'), undefined), newer.split('.'), value);
  }
  return document;
}

const memberOf = (holder: unknown, key: string): unknown =>
  isObject(holder) ? (holder as Document)[key] : undefined;

/** A copy in which the member is gone, or has the value if it had none. */
function withMember(document: Document, [key = '', ...rest]: string[], value: unknown): Document {
  const { [key]: before, ...others } = document;
  if (rest.length > 0) return { ...document, [key]: withMember((before ?? {}) as Document, rest, value) };
  return value === undefined ? others : { ...others, [key]: before ?? value };
}
