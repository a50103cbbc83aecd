import type { ApiError } from '../shared/api-error.ts';
import type { Index } from '../shared/model.ts';

/** `?cas`: the index to compare with; undefined without it. @throws what `refuse` makes of Go's words. */
export function parseCas(params: URLSearchParams, refuse: (why: string) => ApiError): Index | undefined {
  const text = params.get('cas');
  if (text === null) return undefined;
  if (/^\d{1,19}$/.test(text)) return Number(text);
  throw refuse(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
}
