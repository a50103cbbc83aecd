import { ApiError } from '../../src/shared/api-error.ts';

/** What whoever asked for a change is told when the disk refused it; any other fault stays what it is. */
export function changeFault(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  return new ApiError(500, `the data directory cannot be written, so nothing was changed: ${message}`);
}
