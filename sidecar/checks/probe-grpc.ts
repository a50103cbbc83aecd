import { STATUS_CODES } from 'node:http';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { describeConnectionError } from './go-error.ts';
import {
  decodeGrpcMessage,
  decodeHealthResponse,
  encodeHealthRequest,
  grpcHealthPath,
  rpcError,
  type ServingStatus,
} from './grpc-health.ts';
import { connectHttp2 } from './http2-connection.ts';
import { onAbort } from './on-abort.ts';
import { TailBuffer } from './output.ts';
import { type Probe, passing } from './probe.ts';

/** A HealthCheckResponse takes 7 bytes; whoever sends more than this does not send one. */
const responseBytesMax = 64;

const okCode = 0;
const unknownCode = 2;
const deadlineExceededCode = 4;
const unimplementedCode = 12;
const unavailableCode = 14;

const unexpected = 'unexpected HTTP status code received from server: ';

/** Passing if the server, or one service of it (`host:port/service`), says SERVING. */
export const probeGrpc: Probe = async (definition, context) => {
  const target = definition.GRPC!;
  const [address, ...service] = target.split('/');
  const session = await connectHttp2(address!, definition.GRPCUseTLS === true, definition, context).catch(
    (error) => {
      if (context.signal.aborted) throw rpcError(deadlineExceededCode, 'context deadline exceeded');
      throw unavailable(`transport: Error while dialing: ${error.message}`);
    },
  );
  try {
    const status = await ask(session, service.join('/'), context.signal);
    if (status !== 'SERVING') throw new Error(`gRPC ${target} serving status: ${status}`);
    return passing(`gRPC check ${target}: success`);
  } finally {
    session.destroy();
  }
};

function ask(session: ClientHttp2Session, service: string, signal: AbortSignal) {
  return new Promise<ServingStatus>((resolve, reject) => {
    onAbort(signal, () => reject(rpcError(deadlineExceededCode, 'context deadline exceeded')));
    session.once('error', (error) => reject(unavailable(describeConnectionError(error))));
    session.once('close', () => reject(unavailable('error reading from server: EOF')));
    const stream = session.request({
      ':method': 'POST',
      ':path': grpcHealthPath,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.end(encodeHealthRequest(service));
    readAnswer(stream, resolve, reject);
  });
}

function readAnswer(
  stream: ClientHttp2Stream,
  resolve: (status: ServingStatus) => void,
  reject: (error: Error) => void,
): void {
  const body = new TailBuffer(responseBytesMax);
  let headers: IncomingHttpHeaders = {};
  stream.once('response', (received) => {
    headers = received;
  });
  stream.once('trailers', (received) => {
    headers = { ...headers, ...received };
  });
  stream.on('data', (chunk: Buffer) => body.write(chunk));
  stream.on('error', (error) => reject(unavailable(describeConnectionError(error))));
  stream.once('end', () => {
    try {
      throwUnlessOk(headers);
      resolve(decodeHealthResponse(body.bytes()));
    } catch (error) {
      reject(error as Error);
    }
  });
}

function throwUnlessOk(headers: IncomingHttpHeaders): void {
  if (headers[':status'] === undefined) throw unavailable('error reading from server: EOF');
  const httpStatus = Number(headers[':status']);
  if (httpStatus !== 200) {
    const text = `${unexpected}${httpStatus} (${STATUS_CODES[httpStatus]})`;
    throw rpcError(httpStatus === 404 ? unimplementedCode : unavailableCode, text);
  }
  const contentType = headers['content-type'];
  if (contentType && !contentType.startsWith('application/grpc')) {
    const text = `${unexpected}200 (OK); transport: received unexpected content-type "${contentType}"`;
    throw rpcError(unknownCode, text);
  }
  const code = Number(headers['grpc-status'] ?? okCode);
  if (code !== okCode) throw rpcError(code, decodeGrpcMessage(String(headers['grpc-message'] ?? '')));
}

const unavailable = (reason: string) =>
  rpcError(unavailableCode, `connection error: desc = ${JSON.stringify(reason)}`);
