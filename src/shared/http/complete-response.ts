/**
 * Responses that were made with every header they need. To look into the headers of a response costs more than to
 * remember which ones need no look.
 */
const complete = new WeakSet<Response>();

export function markComplete(response: Response): Response {
  complete.add(response);
  return response;
}

export const isComplete = (response: Response): boolean => complete.has(response);
