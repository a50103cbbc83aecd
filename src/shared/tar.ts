/**
 * As much of the tar format as a snapshot needs: a few plain files (ustar), read back with nothing left over.
 *
 * Source: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06.
 */
const blockBytes = 512;
const field = { name: [0, 100], size: [124, 12], checksum: [148, 8], type: [156, 1] } as const;

export class TarError extends Error {}

/** The header of a plain file, and the zeros that fill its last block. */
export function tarEntry(
  name: string,
  size: number,
  mtimeS: number,
): { header: Uint8Array; padding: Uint8Array } {
  const header = new Uint8Array(blockBytes);
  const write = (offset: number, text: string) => header.set(new TextEncoder().encode(text), offset);
  write(0, name);
  write(100, '0000600\0');
  write(108, '0000000\0');
  write(116, '0000000\0');
  write(124, `${octal(size, 11)}\0`);
  write(136, `${octal(mtimeS, 11)}\0`);
  write(156, '0');
  write(257, 'ustar\x0000');
  write(field.checksum[0], `${octal(checksum(header), 6)}\0 `);
  return { header, padding: new Uint8Array(paddingBytes(size)) };
}

/** What ends an archive. */
export const tarEnd = () => new Uint8Array(2 * blockBytes);

/** Takes the bytes of a file as they come. */
export type TarFile = (bytes: Uint8Array) => void | Promise<void>;

/** What may follow the end of an archive: zeros that fill the last of the records it was written in. */
const trailingBytesMax = 64 * 1024;

/**
 * Reads an archive that comes in pieces, none of which is kept; `open` is told of each file before its bytes come.
 * @throws {TarError} in Go's words for what is no archive of plain files; what `open` and the files throw.
 */
export async function readTar(
  chunks: AsyncIterable<Uint8Array>,
  open: (name: string, size: number) => TarFile,
): Promise<void> {
  const source = new ByteSource(chunks);
  try {
    await readFiles(source, open);
  } finally {
    await source.close();
  }
}

async function readFiles(source: ByteSource, open: (name: string, size: number) => TarFile): Promise<void> {
  const pass = async (bytes: number, take: TarFile) => {
    for (let left = bytes; left > 0; ) {
      const some = await source.next(left);
      if (some.byteLength === 0) throw new TarError('unexpected EOF');
      await take(some);
      left -= some.byteLength;
    }
  };
  const block = new Uint8Array(blockBytes);
  for (;;) {
    let filled = 0;
    await pass(blockBytes, (bytes) => {
      block.set(bytes, filled);
      filled += bytes.byteLength;
    });
    const header = parseHeader(block);
    if (!header) break;
    await pass(header.size, open(header.name, header.size));
    await pass(paddingBytes(header.size), () => undefined);
  }
  // To the end, for what packs the archive is whole only if its end is.
  for (let left = trailingBytesMax; left >= 0; ) {
    const { byteLength } = await source.next(trailingBytesMax);
    if (byteLength === 0) return;
    left -= byteLength;
  }
  throw new TarError(`more than ${trailingBytesMax} bytes after its end`);
}

class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** As many bytes as are there, at most `bytesMax`; none at the end. */
  async next(bytesMax: number): Promise<Uint8Array> {
    while (this.#rest.byteLength === 0) {
      const { value, done } = await this.#chunks.next();
      if (done) return this.#rest;
      this.#rest = value;
    }
    const some = this.#rest.subarray(0, bytesMax);
    this.#rest = this.#rest.subarray(some.byteLength);
    return some;
  }

  /** Whoever sends the bytes is told that no more are wanted. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

const paddingBytes = (size: number) => (blockBytes - (size % blockBytes)) % blockBytes;

/** Undefined: the archive ends here. */
function parseHeader(block: Uint8Array): { name: string; size: number } | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  if (Number.parseInt(text(block, 'checksum'), 8) !== checksum(block)) throw invalidHeader();
  const type = text(block, 'type');
  const size = Number.parseInt(text(block, 'size'), 8);
  if ((type !== '0' && type !== '') || !(size >= 0)) throw invalidHeader();
  return { name: text(block, 'name'), size };
}

const invalidHeader = () => new TarError('archive/tar: invalid tar header');

/** The sum of all bytes, those of the sum itself taken for spaces. */
function checksum(header: Uint8Array): number {
  const [start, length] = field.checksum;
  return header.reduce((sum, byte, i) => sum + (i >= start && i < start + length ? 0x20 : byte), 0);
}

function text(block: Uint8Array, name: keyof typeof field): string {
  const [start, length] = field[name];
  const [value = ''] = new TextDecoder().decode(block.subarray(start, start + length)).split('\0');
  return value.trim();
}

const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
