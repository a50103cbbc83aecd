/**
 * Responses that were made with every header they need. To look into the headers of a response, or into a set of responses,
 * costs more than to mark them.
 */
const mark = Symbol('complete');

type Marked = Response & { [mark]?: true };

export function markComplete(response: Marked): Response {
  response[mark] = true;
  return response;
}

export const isComplete = (response: Marked): boolean => response[mark] === true;
