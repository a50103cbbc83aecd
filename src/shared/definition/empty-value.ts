/** True for what Go's `omitempty` leaves out: "", 0, false, null, and lists and maps without elements. */
export const isEmptyValue = (value: unknown) =>
  !value || (typeof value === 'object' && Object.keys(value).length === 0);
