/**
 * A file of the data directory that only agents write: a line with its format and the checksum of the rest, then JSON. What
 * is read back is what was written; a file that is not (cut short, overwritten, of another version) is set aside under
 * another name for whoever can use it, which the log says, and the agent goes on as if it were not there.
 */
import { createHash } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { readIfThere, replaceDurably, writeDurably } from './durable-file.ts';
import type { Logger } from './logger.ts';

export class KeptFile<Value> {
  readonly path: string;
  readonly #format: number;
  readonly #logger: Logger;

  /** `format`: raised whenever an older agent would misunderstand what is written. */
  constructor(path: string, format: number, logger: Logger) {
    this.path = path;
    this.#format = format;
    this.#logger = logger;
  }

  /** Undefined if there is none, or none that can be used. @throws as {@link setAsideDamaged} does. */
  read(): Value | undefined {
    try {
      const text = readIfThere(this.path);
      return text === undefined ? undefined : (opened(text, this.#format) as Value);
    } catch (error) {
      setAsideDamaged(this.path, error as Error, this.#logger);
      return undefined;
    }
  }

  /** @throws what the disk says; the old file is then still there. */
  write(value: Value): void {
    writeDurably(this.path, sealed(value, this.#format));
  }

  /** As {@link write}, while other work goes on. Gives how long the file is, in characters. @throws as that does. */
  async replace(value: Value): Promise<number> {
    const text = sealed(value, this.#format);
    await replaceDurably(this.path, text);
    return text.length;
  }
}

/**
 * As {@link setAside}, of a file without which the host is another. One that is merely not for this user to read, as an agent
 * leaves it that was once started as root, is not damaged. @throws with what to do about that one; also what the disk says.
 */
export function setAsideDamaged(path: string, error: NodeJS.ErrnoException, logger: Logger): void {
  const { code, message } = error;
  if (code === 'EACCES' || code === 'EPERM')
    throw new Error(`${path} cannot be read (${message}): give it to this user, or move it away`);
  setAside(path, error, logger);
}

/** Renames what cannot be used, so that it is neither lost nor met again. @throws what the disk says. */
export function setAside(path: string, { message }: Error, logger: Logger): void {
  const aside = freeName(`${path}.damaged`);
  renameSync(path, aside);
  logger.error('a file of the data directory cannot be used and is set aside; the agent goes on without it', {
    path,
    aside,
    reason: message,
  });
}

function freeName(wanted: string): string {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? wanted : `${wanted}-${count}`;
    if (!existsSync(name)) return name;
  }
}

interface Header {
  Format: number;
  SHA256: string;
}

function sealed(value: unknown, Format: number): string {
  const json = `${JSON.stringify(value)}\n`;
  const header: Header = { Format, SHA256: checksum(json) };
  return `${JSON.stringify(header)}\n${json}`;
}

function opened(text: string, format: number): unknown {
  const end = text.indexOf('\n') + 1;
  const { Format, SHA256 } = (JSON.parse(text.slice(0, end)) ?? {}) as Partial<Header>;
  if (Format !== format) throw new Error(`its format is ${Format}, this version reads ${format}`);
  const json = text.slice(end);
  if (SHA256 !== checksum(json)) throw new Error('its content does not match its checksum');
  return JSON.parse(json);
}

const checksum = (text: string) => createHash('sha256').update(text).digest('hex');
