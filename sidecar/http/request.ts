/** Small questions that the routes ask of a request. */
import type { Context } from 'hono';
import { ApiError } from '../../src/shared/api-error.ts';
import { decodeJsonBody } from '../../src/shared/definition/json-body.ts';
import { readGoBool } from '../../src/shared/go-bool.ts';
import { bodyText } from '../../src/shared/http/body-text.ts';

export const isPretty = (c: Context) => c.req.query('pretty') !== undefined;

export const jsonOf = async (c: Context) => decodeJsonBody(await bodyText(c));

/** The empty 200 with which the agent acknowledges. */
export const done = () => new Response(null, { status: 200 });

/** `?enable` of the maintenance endpoints. @throws {ApiError} 400 with Consul's texts. */
export function enableOf(c: Context): boolean {
  const text = c.req.query('enable');
  if (text === undefined) throw new ApiError(400, 'Missing value for enable');
  const enable = readGoBool(text);
  if (enable === undefined) throw new ApiError(400, `Invalid value for enable: ${JSON.stringify(text)}`);
  return enable;
}
