/**
 * The file a snapshot travels in: a gzipped tar with the names and the checksums of Consul's, so that its tools verify
 * and inspect it.
 *
 * Source: https://developer.hashicorp.com/consul/commands/snapshot/inspect, and archives of Consul 1.8.7.
 */
import { ApiError, isApiError } from '../shared/api-error.ts';
import { bodyTooLarge } from '../shared/definition/json-body.ts';
import { snapshotFileBytesMax } from '../shared/limits.ts';
import { readTar, TarError, type TarFile, tarEnd, tarEntry } from '../shared/tar.ts';
import { snapshotStateBytesMax } from './limits.ts';
import { throughCodec } from './through-codec.ts';

const metaName = 'meta.json';
const stateName = 'state.bin';
const sumsName = 'SHA256SUMS';

/** Notes of the snapshot, and sums: far more than they need. */
const smallFileBytesMax = 64 * 1024;
/** Every byte may become a thousand. */
const unpackedBytesAtOnce = 64 * 1024;
const packedBytesAtOnce = 1024 * 1024;

interface State {
  /** The length of all pieces. */
  bytes: number;
  pieces: Iterable<Uint8Array>;
  /** Called when they were read or are not wanted any more; perhaps twice. */
  done(): void;
}

/** The pieces of the state are read as the archive is. */
export function packArchive(meta: string, state: State, nowMs: number): ReadableStream<Uint8Array> {
  const mtimeS = Math.floor(nowMs / 1_000);
  const tar = async function* () {
    const sums: string[] = [];
    const file = async function* (name: string, size: number, chunks: Iterable<Uint8Array>) {
      const { header, padding } = tarEntry(name, size, mtimeS);
      const sum = new Sum();
      yield header;
      for (const chunk of chunks) {
        await sum.add(chunk);
        yield chunk;
      }
      yield padding;
      sums.push(`${await sum.hex()}  ${name}\n`);
    };
    const metaBytes = new TextEncoder().encode(meta);
    yield* file(metaName, metaBytes.byteLength, [metaBytes]);
    yield* file(stateName, state.bytes, state.pieces);
    const sumsBytes = new TextEncoder().encode(sums.join(''));
    yield* file(sumsName, sumsBytes.byteLength, [sumsBytes]);
    yield tarEnd();
  };
  return streamOf(throughCodec(new CompressionStream('gzip'), tar(), packedBytesAtOnce), state.done);
}

/**
 * The notes of an archive, whose state goes to `keep` as it comes: it is only known to be good when this resolves.
 * @throws {ApiError} 500 in Consul's words unless it is whole and unchanged; what `keep` throws.
 */
export async function unpackArchive(
  packed: ReadableStream<Uint8Array>,
  keep: (bytes: Uint8Array) => void,
): Promise<string> {
  const files = new ArchiveFiles(keep);
  const upload = new Upload(packed);
  try {
    await readTar(gunzip(upload), (name, size) => files.open(name, size));
  } catch (error) {
    await upload.drain();
    if (error instanceof TarError) throw unreadable(`failed reading snapshot: ${error.message}`);
    throw error;
  }
  await files.verify();
  return files.text(metaName);
}

const unreadable = (why: string) => new ApiError(500, `failed to read snapshot file: ${why}`);

/** The files of an archive as they are read: the small ones kept, and the sum of each. */
class ArchiveFiles {
  readonly #keepState: (bytes: Uint8Array) => void;
  readonly #small = new Map<string, Uint8Array[]>();
  readonly #sums = new Map<string, Sum>();

  constructor(keepState: (bytes: Uint8Array) => void) {
    this.#keepState = keepState;
  }

  open(name: string, size: number): TarFile {
    if (![metaName, stateName, sumsName].includes(name))
      throw unreadable(`unexpected file ${JSON.stringify(name)} in snapshot`);
    if (this.#sums.has(name)) throw new TarError(`two files called ${JSON.stringify(name)}`);
    const bytesMax = name === stateName ? snapshotStateBytesMax : smallFileBytesMax;
    if (size > bytesMax) throw unreadable(`${name} has ${size} bytes, the limit is ${bytesMax}`);
    const sum = new Sum();
    this.#sums.set(name, sum);
    const chunks: Uint8Array[] = [];
    if (name !== stateName) this.#small.set(name, chunks);
    const keep =
      name === stateName ? this.#keepState : (bytes: Uint8Array) => void chunks.push(bytes.slice());
    return async (bytes) => {
      keep(bytes);
      await sum.add(bytes);
    };
  }

  text(name: string): string {
    const decoder = new TextDecoder();
    const texts = (this.#small.get(name) ?? []).map((bytes) => decoder.decode(bytes, { stream: true }));
    return texts.join('') + decoder.decode();
  }

  /** Every file but the sums has its line in them. @throws {ApiError} 500 */
  async verify(): Promise<void> {
    const failed = (why: string) => unreadable(`failed checking integrity of snapshot: ${why}`);
    if (!this.#sums.has(sumsName)) throw failed(`file missing for ${JSON.stringify(sumsName)}`);
    const lines = this.text(sumsName)
      .split('\n')
      .filter((line) => line !== '');
    const listed = new Map(
      lines.map((line) => [line.slice(sha256HexChars + 2), line.slice(0, sha256HexChars)] as const),
    );
    for (const name of [metaName, stateName]) {
      const sum = this.#sums.get(name);
      const fault = !listed.has(name)
        ? 'list missing hash for'
        : !sum
          ? 'file missing for'
          : (await sum.hex()) !== listed.get(name)
            ? 'hash check failed for'
            : undefined;
      if (fault) throw failed(`${fault} ${JSON.stringify(name)}`);
    }
  }
}

/** @throws {ApiError} 500 in the words of Go's gzip. */
async function* gunzip(upload: Upload): AsyncGenerator<Uint8Array> {
  try {
    yield* throughCodec(new DecompressionStream('gzip'), upload.bytes(), unpackedBytesAtOnce);
  } catch (error) {
    if (isApiError(error)) throw error;
    throw new ApiError(500, `failed to decompress snapshot: ${upload.fault ?? gzipFault(error)}`);
  }
}

const gzipHeaderBytes = 10;

/** What is sent to be restored. Sees whether it can be gzip at all. */
class Upload {
  readonly #stream: ReadableStream<Uint8Array>;
  readonly #head: number[] = [];
  #bytes = 0;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#stream = stream;
  }

  /** @throws {ApiError} 413 for the byte that is one too many. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#stream.values({ preventCancel: true })) {
      this.#bytes += chunk.byteLength;
      if (this.#bytes > snapshotFileBytesMax) throw bodyTooLarge(this.#bytes, snapshotFileBytesMax);
      this.#head.push(...chunk.subarray(0, gzipHeaderBytes - this.#head.length));
      yield chunk;
    }
  }

  /** Takes what is left: a connection that is closed while bytes come in is reset, and with it the answer to them. */
  async drain(): Promise<void> {
    try {
      for await (const chunk of this.#stream) {
        this.#bytes += chunk.byteLength;
        if (this.#bytes > snapshotFileBytesMax) break;
      }
    } catch {
      // Whoever sent it has gone.
    }
  }

  get fault(): string | undefined {
    if (this.#head.length === 0) return 'EOF';
    if (this.#head.length < gzipHeaderBytes) return 'unexpected EOF';
    const [first, second, method] = this.#head;
    return first === 0x1f && second === 0x8b && method === 8 ? undefined : 'gzip: invalid header';
  }
}

function gzipFault(error: unknown): string {
  const { message } = error as Error;
  if (/incomplete/i.test(message)) return 'unexpected EOF';
  return /trailing/i.test(message) ? 'gzip: invalid header' : 'flate: corrupt input';
}

function streamOf(chunks: AsyncGenerator<Uint8Array>, done: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await chunks.next();
        if (!next.done) return controller.enqueue(next.value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      done();
    },
    cancel() {
      done();
    },
  });
}

const sha256HexChars = 64;

/** SHA-256 of what comes in pieces. */
class Sum {
  readonly #digest = new crypto.DigestStream('SHA-256');
  readonly #writer = this.#digest.getWriter();

  add(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes);
  }

  async hex(): Promise<string> {
    await this.#writer.close();
    return new Uint8Array(await this.#digest.digest).toHex();
  }
}
