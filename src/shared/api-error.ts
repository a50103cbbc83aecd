/**
 * The one error that becomes an HTTP answer: thrown where a fault is detected, translated once by the middleware. The
 * body is plain text, as Consul's is. It survives native RPC between Worker and object because it carries its own
 * `status` (error classes do not cross, own properties do).
 */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** True for an {@link ApiError}, also for one that came over RPC and lost its class. */
export const isApiError = (error: unknown): error is ApiError =>
  error instanceof Error && error.name === 'ApiError' && typeof (error as ApiError).status === 'number';

/** A read or write of a datacenter that nobody has joined. Consul's text. */
export const noPathToDatacenter = () => new ApiError(500, 'No path to datacenter');
