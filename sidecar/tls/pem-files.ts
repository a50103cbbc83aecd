/**
 * Certificates, keys and authorities out of PEM files. Whatever is wrong with them is said with the file's name when they
 * are read, not when somebody connects.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface KeyPair {
  /** The certificate, with those between it and its authority behind it. */
  cert: string;
  key: string;
}

/** Undefined where there is none. @throws naming the file that cannot be read, is no PEM, or does not fit the other. */
export function readKeyPair({
  certFile,
  keyFile,
}: {
  certFile: string;
  keyFile: string;
}): KeyPair | undefined {
  if (certFile === '' && keyFile === '') return undefined;
  const cert = readText(certFile);
  const key = readText(keyFile);
  const [own] = certificatesIn(cert, certFile);
  if (own === undefined) throw new Error(`${certFile} holds no certificate (PEM)`);
  if (!new X509Certificate(own).checkPrivateKey(parseKey(key, keyFile)))
    throw new Error(`the key in ${keyFile} is not that of the certificate in ${certFile}`);
  return { cert, key };
}

/** The authorities in a file. @throws when it cannot be read or holds none. */
export function readAuthorityFile(path: string): string[] {
  const found = certificatesIn(readText(path), path);
  if (found.length === 0) throw new Error(`${path} holds no certificate (PEM)`);
  return found;
}

/** The authorities in the files of a folder. @throws when it cannot be read or holds none. */
export function readAuthorityFolder(path: string): string[] {
  const files = reading(path, () => readdirSync(path).map((name) => join(path, name)));
  const texts = files.filter(isFile).map((file) => [readText(file), file] as const);
  // A folder made by `c_rehash` has each file twice, once under its hash.
  const found = new Set(texts.flatMap(([text, file]) => certificatesIn(text, file)));
  if (found.size === 0) throw new Error(`no file in ${path} holds a certificate (PEM)`);
  return [...found];
}

const certificatePattern =
  /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/g;

function certificatesIn(text: string, path: string): string[] {
  const found = text.match(certificatePattern) ?? [];
  for (const one of found) {
    try {
      new X509Certificate(one);
    } catch (error) {
      throw new Error(`${path} holds a certificate that cannot be read: ${(error as Error).message}`);
    }
  }
  return found;
}

function parseKey(text: string, path: string) {
  try {
    return createPrivateKey(text);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MISSING_PASSPHRASE' || text.includes('ENCRYPTED'))
      throw new Error(
        `the key in ${path} is encrypted: write it without a passphrase, readable by the agent alone`,
      );
    throw new Error(`${path} holds no private key (PEM): ${message}`);
  }
}

const readText = (path: string) => reading(path, () => readFileSync(path, 'utf8'));

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}`);
  }
}
