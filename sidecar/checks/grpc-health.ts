/**
 * The two messages of `grpc.health.v1.Health/Check` as bytes: gRPC frames (a flag byte, four bytes of length) that hold
 * Protocol Buffers of one field each.
 *
 * Source: https://github.com/grpc/grpc/blob/master/doc/health-checking.md, https://protobuf.dev/programming-guides/encoding.
 */
export const grpcHealthPath = '/grpc.health.v1.Health/Check';

const servingStatuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;
export type ServingStatus = (typeof servingStatuses)[number];

/** https://github.com/grpc/grpc/blob/master/doc/statuscodes.md, by number, in Go's spelling. */
const codeNames = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

const frameHeaderBytes = 5;
/** Field number 1, as a text (wire type 2) and as a number (wire type 0). */
const serviceTag = 0x0a;
const statusTag = 0x08;

/** `{ service }`; "" asks about the server as a whole. */
export function encodeHealthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message =
    name.length > 0 ? Buffer.concat([Buffer.of(serviceTag, ...encodeVarint(name.length)), name]) : name;
  const header = Buffer.alloc(frameHeaderBytes);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** `{ status }`; a message without it means 0, as for every absent number. @throws {Error} if it is no such message. */
export function decodeHealthResponse(frame: Uint8Array): ServingStatus {
  if (frame.length < frameHeaderBytes) throw rpcError(13, 'the answer holds no message');
  if (frame[0] !== 0) throw rpcError(13, 'the answer is compressed, which was not asked for');
  const [tag, value] = frame.subarray(frameHeaderBytes);
  if (tag === undefined) return 'UNKNOWN';
  const status = servingStatuses[value ?? -1];
  if (tag !== statusTag || !status) throw rpcError(13, 'the answer is no HealthCheckResponse');
  return status;
}

/** `grpc-message` is percent-encoded UTF-8; a percent sign that encodes nothing stands for itself, as the protocol asks for. */
export function decodeGrpcMessage(text: string): string {
  const bytes = text.replaceAll(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}

/** As gRPC for Go prints an error. */
export const rpcError = (code: number, description: string) =>
  new Error(`rpc error: code = ${codeNames[code] ?? `Code(${code})`} desc = ${description}`);

function encodeVarint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...encodeVarint(value >>> 7)];
}
