import { isApiError } from '../../../../src/shared/api-error.ts';
import { decodeJsonBody } from '../../../../src/shared/definition/json-body.ts';

/** What an endpoint would make of a body: the decoded value, or the answer "<status> <text>". */
export function answer<T>(decode: (body: unknown) => T, body: string): T | string {
  try {
    return decode(decodeJsonBody(body));
  } catch (error) {
    if (isApiError(error)) return `${error.status} ${error.message}`;
    throw error;
  }
}

const decodeFailed = '400 Request decode failed: ';
const mistyped = `${decodeFailed}json: cannot unmarshal `;

/** The texts of Consul that open many answers, shortened to keep rows of a table on one line. */
export const spelled = (text: string) => text.replace(/^~~/, mistyped).replace(/^~/, decodeFailed);
