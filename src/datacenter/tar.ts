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

/**
 * The files of an archive that comes in pieces, each of which is held once.
 * @throws {TarError} in Go's words for what is no archive of plain files, or has a file above `fileBytesMax`.
 */
export async function readTar(
  chunks: AsyncIterable<Uint8Array>,
  fileBytesMax: number,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  let reading: Part = { Kind: 'header', bytes: new Uint8Array(blockBytes) };
  let filled = 0;
  for await (let chunk of chunks) {
    while (reading.Kind !== 'end' && chunk.byteLength > 0) {
      const taken = chunk.subarray(0, reading.bytes.byteLength - filled);
      reading.bytes.set(taken, filled);
      filled += taken.byteLength;
      chunk = chunk.subarray(taken.byteLength);
      // A part of no bytes is over as soon as it begins.
      while (reading.Kind !== 'end' && filled === reading.bytes.byteLength) {
        reading = partAfter(reading, files, fileBytesMax);
        filled = 0;
      }
    }
  }
  if (reading.Kind !== 'end') throw new TarError('unexpected EOF');
  return files;
}

type Part =
  | { Kind: 'header' | 'padding'; bytes: Uint8Array }
  | { Kind: 'body'; bytes: Uint8Array; name: string }
  | { Kind: 'end' };

/** What follows a part that has been read. */
function partAfter(
  read: Exclude<Part, { Kind: 'end' }>,
  files: Map<string, Uint8Array>,
  fileBytesMax: number,
): Part {
  if (read.Kind === 'padding') return { Kind: 'header', bytes: new Uint8Array(blockBytes) };
  if (read.Kind === 'body') {
    if (files.has(read.name)) throw new TarError(`two files called ${JSON.stringify(read.name)}`);
    files.set(read.name, read.bytes);
    return { Kind: 'padding', bytes: new Uint8Array(paddingBytes(read.bytes.byteLength)) };
  }
  const header = parseHeader(read.bytes, fileBytesMax);
  if (!header) return { Kind: 'end' };
  return { Kind: 'body', bytes: new Uint8Array(header.size), name: header.name };
}

const paddingBytes = (size: number) => (blockBytes - (size % blockBytes)) % blockBytes;

/** Undefined: the archive ends here. */
function parseHeader(block: Uint8Array, fileBytesMax: number): { name: string; size: number } | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  if (Number.parseInt(text(block, 'checksum'), 8) !== checksum(block)) throw invalidHeader();
  const type = text(block, 'type');
  const size = Number.parseInt(text(block, 'size'), 8);
  if ((type !== '0' && type !== '') || !(size >= 0)) throw invalidHeader();
  if (size > fileBytesMax) throw new TarError(`a file of ${size} bytes, the limit is ${fileBytesMax}`);
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
