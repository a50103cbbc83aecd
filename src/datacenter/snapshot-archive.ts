/**
 * The file a snapshot travels in: a gzipped tar with the names and the checksums of Consul's, so that its tools verify
 * and inspect it.
 *
 * Source: https://developer.hashicorp.com/consul/commands/snapshot/inspect, and archives of Consul 1.8.7.
 */
import { ApiError } from '../shared/api-error.ts';
import { readTar, TarError, tarEnd, tarEntry } from './tar.ts';

const metaName = 'meta.json';
const stateName = 'state.bin';
const sumsName = 'SHA256SUMS';

/** The state in pieces, as they were made or as one. */
export interface SnapshotFiles {
  Meta: string;
  State: Uint8Array[];
}

export async function packArchive(
  { Meta, State }: SnapshotFiles,
  nowMs: number,
): Promise<ReadableStream<Uint8Array>> {
  const meta = [new TextEncoder().encode(Meta)];
  const sums = `${await sha256(meta)}  ${metaName}\n${await sha256(State)}  ${stateName}\n`;
  const files: [string, Uint8Array[]][] = [
    [metaName, meta],
    [stateName, State],
    [sumsName, [new TextEncoder().encode(sums)]],
  ];
  const tar = function* () {
    for (const [name, chunks] of files) {
      const { header, padding } = tarEntry(name, byteLength(chunks), Math.floor(nowMs / 1_000));
      yield header;
      yield* chunks;
      yield padding;
    }
    yield tarEnd();
  };
  return streamOf(tar()).pipeThrough(new CompressionStream('gzip'));
}

/** @throws {ApiError} 500 in Consul's words unless it is whole and unchanged. */
export async function unpackArchive(
  packed: ReadableStream<Uint8Array>,
  stateBytesMax: number,
): Promise<{ Meta: string; State: Uint8Array }> {
  const files = await readFiles(packed, stateBytesMax);
  const sums = files.get(sumsName);
  if (!sums)
    throw new ApiError(
      500,
      `failed to read snapshot file: failed checking integrity of snapshot: file missing for ${JSON.stringify(sumsName)}`,
    );
  await verify(files, new TextDecoder().decode(sums));
  return { Meta: new TextDecoder().decode(files.get(metaName)), State: files.get(stateName)! };
}

async function readFiles(
  packed: ReadableStream<Uint8Array>,
  fileBytesMax: number,
): Promise<Map<string, Uint8Array>> {
  try {
    return await readTar(gunzip(packed), fileBytesMax);
  } catch (error) {
    if (error instanceof TarError)
      throw new ApiError(500, `failed to read snapshot file: failed reading snapshot: ${error.message}`);
    throw error;
  }
}

/** Every file but the sums has its line in them, and every line its file. */
async function verify(files: Map<string, Uint8Array>, sums: string): Promise<void> {
  const listed = new Map(
    sums
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(sha256HexChars + 2), line.slice(0, sha256HexChars)] as const),
  );
  for (const name of files.keys())
    if (![metaName, stateName, sumsName].includes(name))
      throw new ApiError(
        500,
        `failed to read snapshot file: unexpected file ${JSON.stringify(name)} in snapshot`,
      );
  for (const name of [metaName, stateName]) {
    const file = files.get(name);
    const fault = !listed.has(name)
      ? 'list missing hash for'
      : !file
        ? 'file missing for'
        : (await sha256([file])) !== listed.get(name)
          ? 'hash check failed for'
          : undefined;
    if (fault)
      throw new ApiError(
        500,
        `failed to read snapshot file: failed checking integrity of snapshot: ${fault} ${JSON.stringify(name)}`,
      );
  }
}

/** @throws {ApiError} 500 in the words of Go's gzip. */
async function* gunzip(packed: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = new DecompressionStream('gzip');
  const head = new HeadCheck();
  const feeding = packed.pipeThrough(head.stream).pipeTo(gzip.writable as WritableStream<Uint8Array>);
  // Its failure is that of the reading below.
  feeding.catch(() => undefined);
  try {
    yield* gzip.readable;
  } catch (error) {
    throw new ApiError(500, `failed to decompress snapshot: ${head.fault ?? gzipFault(error)}`);
  }
}

const gzipHeaderBytes = 10;

/** Sees whether what passes can be gzip at all. */
class HeadCheck {
  readonly #head: number[] = [];
  readonly stream: TransformStream<Uint8Array, Uint8Array>;

  constructor() {
    this.stream = new TransformStream({
      transform: (chunk, controller) => {
        this.#head.push(...chunk.subarray(0, gzipHeaderBytes - this.#head.length));
        controller.enqueue(chunk);
      },
    });
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

function streamOf(chunks: Generator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

const sha256HexChars = 64;

async function sha256(chunks: Uint8Array[]): Promise<string> {
  const digest = new crypto.DigestStream('SHA-256');
  const writer = digest.getWriter();
  for (const chunk of chunks) await writer.write(chunk);
  await writer.close();
  return new Uint8Array(await digest.digest).toHex();
}

const byteLength = (chunks: Uint8Array[]) => chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
