/** Certificates as a company would make them: an authority of its own, made with openssl for one test, and what it signs. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CertificateFiles {
  certFile: string;
  keyFile: string;
}

interface CertificateOptions {
  /** As openssl writes them: `DNS:web.test,IP:127.0.0.1`. */
  names?: string;
  days?: number;
}

export class Authority {
  readonly #dir: string;
  readonly #name: string;

  constructor(dir: string, name = 'ca') {
    this.#dir = dir;
    this.#name = name;
    this.#openssl(
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...[
        '-subj',
        `/CN=${name}`,
        '-addext',
        'keyUsage=keyCertSign',
        '-keyout',
        this.#path('key'),
        '-out',
        this.caFile,
      ],
    );
  }

  get caFile(): string {
    return this.#path('pem');
  }

  /** Signed by this authority. `-1` days: it has expired. */
  certificate(
    name: string,
    { names = 'DNS:web.test,IP:127.0.0.1', days = 1 }: CertificateOptions = {},
  ): CertificateFiles {
    const [certFile, keyFile, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((ending) =>
      join(this.#dir, `${name}.${ending}`),
    ) as [string, string, string, string];
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    this.#openssl(
      ...[
        'req',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-subj',
        `/CN=${name}`,
      ],
      ...['-keyout', keyFile, '-out', request],
    );
    this.#openssl(
      ...['x509', '-req', '-in', request, '-CA', this.caFile, '-CAkey', this.#path('key'), '-CAcreateserial'],
      ...['-days', String(days), '-extfile', extensions, '-out', certFile],
    );
    return { certFile, keyFile };
  }

  #path(ending: string): string {
    return join(this.#dir, `${this.#name}.${ending}`);
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { stdio: 'pipe' });
  }
}
