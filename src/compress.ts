/**
 * gzip, for clients that take it and answers that are worth it. On Cloudflare the platform does it; on plain workerd it is
 * done for every answer that says that it is. Nothing is asked of a short answer, and of a long one its client's header.
 */
import { acceptsGzip, compressedBytesMin } from './shared/http/accepts-gzip.ts';
import { isComplete } from './shared/http/complete-response.ts';

export const gzipHeader = { 'Content-Encoding': 'gzip' };

/** Whether an answer of this length is to be compressed here. What Cloudflare passes on names a place where it did. */
export const wantsGzip = (request: Request, bytes: number): boolean =>
  bytes >= compressedBytesMin &&
  request.cf?.colo === undefined &&
  acceptsGzip(request.headers.get('Accept-Encoding') ?? '');

/** For an answer that was made without a thought of it. */
export async function compress(request: Request, response: Response): Promise<Response> {
  if (isComplete(response) || !response.body || !isText(response)) return response;
  if (!wantsGzip(request, compressedBytesMin)) return response;
  const body = await response.arrayBuffer();
  const answer = new Response(body, response);
  if (body.byteLength >= compressedBytesMin) answer.headers.set('Content-Encoding', 'gzip');
  return answer;
}

const isText = ({ headers }: Response) =>
  /^(text|application\/json)\b/.test(headers.get('Content-Type') ?? '');
