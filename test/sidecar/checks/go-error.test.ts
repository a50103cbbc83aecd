import { expect, test } from 'vitest';
import { describeConnectionError, describeSystemError } from '../../../sidecar/checks/go-error.ts';

const anError = (fields: object, message = 'what Node says') => Object.assign(new Error(message), fields);

test.each([
  [{ code: 'ECONNREFUSED', errno: -111 }, 'connection refused'],
  [{ code: 'ETIMEDOUT', errno: -110 }, 'connection timed out'],
  [{ code: 'ENETUNREACH', errno: -101 }, 'network is unreachable'],
  [{ code: 'EHOSTUNREACH', errno: -113 }, 'no route to host'],
  [{ code: 'EADDRNOTAVAIL', errno: -99 }, 'cannot assign requested address'],
  [{ code: 'EMFILE', errno: -24 }, 'too many open files'],
  [{ code: 'ENOTFOUND', errno: -3008 }, 'no such host'],
  [{ code: 'EAI_AGAIN', errno: -3001 }, 'server misbehaving'],
  [{ code: 'ERR_WHATEVER' }, 'what Node says'],
])('the system error %o', (fields, text) => {
  expect(describeSystemError(anError(fields))).toBe(text);
});

const refused = 'tls: failed to verify certificate: x509:';
const wrongName = { code: 'ERR_TLS_CERT_ALTNAME_INVALID' };

test.each([
  [{ code: 'ECONNRESET', errno: -104 }, 'read: connection reset by peer'],
  [{ code: 'CERT_HAS_EXPIRED' }, `${refused} certificate has expired or is not yet valid`],
  [{ code: 'CERT_NOT_YET_VALID' }, `${refused} certificate has expired or is not yet valid`],
  [{ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, `${refused} certificate signed by unknown authority`],
  [
    {
      ...wrongName,
      host: 'db.test',
      cert: { subjectaltname: 'DNS:web.test, DNS:*.web.test, IP Address:10.0.0.1' },
    },
    `${refused} certificate is valid for web.test, *.web.test, 10.0.0.1, not db.test`,
  ],
  [{ ...wrongName, host: 'db.test', cert: {} }, `${refused} certificate is valid for no names, not db.test`],
  [
    { ...wrongName, host: '10.0.0.2', cert: { subjectaltname: 'DNS:web.test' } },
    `${refused} cannot validate certificate for 10.0.0.2 because it doesn't contain any IP SANs`,
  ],
  [{ code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, 'tls: first record does not look like a TLS handshake'],
  [{ library: 'SSL routines', reason: 'unsupported protocol' }, 'tls: unsupported protocol'],
  [
    { code: 'HPE_INVALID_CONSTANT' },
    'net/http: HTTP/1.x transport connection broken: malformed HTTP response',
  ],
  [{ code: 'ERR_WHATEVER' }, 'what Node says'],
])('the connection error %o', (fields, text) => {
  expect(describeConnectionError(anError(fields))).toBe(text);
});

test('a connection that ends without an answer', () => {
  expect(describeConnectionError(anError({ code: 'ECONNRESET' }, 'socket hang up'))).toBe('EOF');
});
