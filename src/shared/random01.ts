/** In [0, 1): for orders that are to be different each time, and for nothing that is a secret. */
export const random01 = (): number => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;
