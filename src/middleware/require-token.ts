import type { MiddlewareHandler } from 'hono';
import type { Env } from '../env.ts';
import { isApiError } from '../shared/api-error.ts';
import { isComplete } from '../shared/http/complete-response.ts';
import { errorResponse } from '../shared/http/endpoint.ts';
import { paramsOf } from '../shared/http/query-params.ts';
import { urlOf } from '../shared/http/request-url.ts';
import { selectToken } from '../shared/read/query-options.ts';
import { admit } from './admit.ts';
import { defaultPolicy, policyHeader } from './default-policy.ts';

/** Lets in who may come in (see {@link admit}) and says on every answer what happens to a request without a token. */
export const requireToken: MiddlewareHandler<{ Bindings: Env }> = async (c, next) => {
  try {
    admit(c.env, () => selectToken(paramsOf(c), c.req.raw.headers), urlOf(c).hostname);
  } catch (error) {
    if (!isApiError(error)) throw error;
    return errorResponse(error);
  }
  await next();
  if (c.res.status !== 101 && !isComplete(c.res)) c.res.headers.set(policyHeader, defaultPolicy(c.env));
};
