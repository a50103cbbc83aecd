/** The object's clock; only this file reads the platform's. In workerd it stands still while code runs without I/O. */
export interface Clock {
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };

/** Runs `action` once after `delayMs`; the result cancels it. */
export function after(delayMs: number, action: () => void): () => void {
  const timer = setTimeout(action, delayMs);
  return () => clearTimeout(timer);
}
