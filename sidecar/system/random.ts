/** Chance as a dependency: a number in [0, 1). Only this file calls `Math.random`; a test passes a seeded source. */
export type Random = () => number;

export const systemRandom: Random = () => Math.random();
