/** What both halves do with requests that carry no DNS message, or too much of one (RFC 8484). */
import { encodeAsked } from '../dns-message.ts';

export interface HttpsRefusal {
  law: string;
  path?: string;
  method?: string;
  type?: string;
  body?: Uint8Array<ArrayBuffer>;
  status: number;
  text: string;
  allow?: string;
}

export const mediaType = 'application/dns-message';

export const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

/** A question, with as many bytes behind it as it takes to be so long: they are no part of it. */
const long = (bytes: number) => {
  const message = new Uint8Array(bytes);
  message.set(encodeAsked({ name: 'nobody.service.consul' }));
  return message;
};

const response = encodeAsked({ name: 'web.service.consul' });
response[2]! |= 0x80;
const cut = encodeAsked({ name: 'web.service.consul' }).slice(0, 20);
const unreadable = 'Invalid DNS message: it is no question that can be read';
const notBase64 = 'Invalid parameter "dns": it is no base64url without padding';

const get = (law: string, query: string, status: number, text: string): HttpsRefusal => ({
  law,
  path: `/dns-query${query}`,
  status,
  text,
});

const post = (law: string, body: Uint8Array<ArrayBuffer>, status: number, text: string): HttpsRefusal => ({
  law,
  method: 'POST',
  type: mediaType,
  body,
  status,
  text,
});

export const refusals: HttpsRefusal[] = [
  get('no parameter', '', 400, 'Missing parameter "dns": a DNS message in base64url'),
  get('an empty message', '?dns=', 400, unreadable),
  get('standard base64', '?dns=ab%2Bc', 400, notBase64),
  get('padding', '?dns=YQ==', 400, notBase64),
  get('half a byte', '?dns=AAAAA', 400, notBase64),
  get('no text at all', '?dns=%00', 400, notBase64),
  get('a message that is cut off', `?dns=${base64url(cut)}`, 400, unreadable),
  get('a response', `?dns=${base64url(response)}`, 400, unreadable),
  get(
    'a parameter that is too long',
    `?dns=${'A'.repeat(5463)}`,
    414,
    'the parameter "dns" has 5463 characters, the limit is 5462: use POST',
  ),
  post('an empty body', new Uint8Array(), 400, unreadable),
  post('a body that is a response', response as Uint8Array<ArrayBuffer>, 400, unreadable),
  post('a body that is too long', long(4097), 413, 'the message has 4097 bytes, the limit is 4096'),
  {
    ...post('another type', long(40), 415, `Invalid Content-Type "text/plain": ${mediaType} is expected`),
    type: 'text/plain',
  },
  ...['PUT', 'DELETE', 'PATCH'].map((method) => ({
    law: method,
    method,
    status: 405,
    text: `method ${method} not allowed`,
    allow: 'OPTIONS,GET,POST',
  })),
];

/** As long as a message may be, in either form. */
export const longest = long(4096);
