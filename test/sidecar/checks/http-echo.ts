/** Web servers of this host, and what an HTTP check finds there. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { probeHttp } from '../../../sidecar/checks/probe-http.ts';
import type { CheckDefinition } from '../../../src/shared/model.ts';
import { aCheck, aRun, listen, outcome } from './probe-context.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export const serve = async (handler: Handler) => `http://127.0.0.1:${await listen(createServer(handler))}`;
export const probe = (HTTP: string, settings: Partial<CheckDefinition> = {}, run = aRun()) =>
  outcome(probeHttp(aCheck({ HTTP, ...settings }), run));

/** Answers with the request it was sent. */
export const echo: Handler = async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { host, 'user-agent': agent, accept, 'x-a': a, authorization, referer } = request.headers;
  const type = request.headers['content-type'];
  const proxy = request.headers['proxy-authorization'];
  const { method, url } = request;
  const lengths = [request.headers['content-length'], request.headers['transfer-encoding']];
  response.end(
    JSON.stringify({
      method,
      url,
      body,
      lengths,
      type,
      host,
      agent,
      accept,
      a,
      authorization,
      proxy,
      referer,
    }),
  );
};
export const echoed = ([, output]: string[]) => JSON.parse(output!.slice(output!.indexOf('Output: ') + 8));
