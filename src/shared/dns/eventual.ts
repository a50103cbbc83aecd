/**
 * Values that are mostly at hand and sometimes have to be waited for. An answer that needs no waiting is given in the
 * same turn: a promise for each question would cost more than the answer.
 */
export type Eventual<T> = T | Promise<T>;

export const whenReady = <T, U>(value: Eventual<T>, next: (value: T) => Eventual<U>): Eventual<U> =>
  value instanceof Promise ? value.then(next) : next(value);

export const whenAllReady = <T, U>(values: Eventual<T>[], next: (values: T[]) => Eventual<U>): Eventual<U> =>
  values.some((value) => value instanceof Promise) ? Promise.all(values).then(next) : next(values as T[]);
