import { readFileSync } from 'node:fs';
import { openFault } from '../config/open-fault.ts';

const stdin = 0;

/** The bytes that an argument stands for: "@file", "-" for standard input, or itself. @throws in Consul's words. */
export function readData(argument: string): Buffer {
  if (argument === '-') return readFileSync(stdin);
  if (!argument.startsWith('@')) return Buffer.from(argument);
  const path = argument.slice(1);
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`Error! Failed to read file: ${openFault(path, error)}`);
  }
}

/** @throws for what is no base 64. */
export function decodeBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text.replace(/[\r\n]/g, ''))
    throw new Error(`${JSON.stringify(text)} is no base 64`);
  return bytes;
}
