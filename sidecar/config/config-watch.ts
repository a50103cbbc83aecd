/**
 * Tells when files have changed on disk, also where the name of one is a link to another each time, as in a volume of
 * Kubernetes. What is watched are the folders; whether one of the files is another than before is then looked up, once all has
 * been quiet for a moment, for a program that writes files writes them in pieces.
 */
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../system/clock.ts';

export interface ConfigWatchOptions {
  /** Files, and folders that stand for the config files in them. */
  paths(): string[];
  /** Whether a file in a folder is one of those. */
  isConfig(name: string): boolean;
  clock: Clock;
  changed(): void;
  /** A folder cannot be watched (any more). */
  failed(reason: string): void;
}

/** How long all has to be quiet: Consul's time. */
export const quietMs = 1_000;

export class ConfigWatch {
  readonly #options: ConfigWatchOptions;
  readonly #watchers = new Map<string, FSWatcher>();
  #seen = '';
  #cancelLook: (() => void) | undefined;

  constructor(options: ConfigWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#seen = this.#look();
  }

  stop(): void {
    this.#cancelLook?.();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #lookLater(): void {
    this.#cancelLook?.();
    this.#cancelLook = this.#options.clock.after(quietMs, () => {
      const now = this.#look();
      if (now === this.#seen) return;
      this.#seen = now;
      this.#options.changed();
    });
  }

  /** What is there, as a text that is another when a file is. Watches the folders of all of it. */
  #look(): string {
    const files = this.#options.paths().flatMap((path) => {
      const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
      this.#watch(isFolder ? path : dirname(path));
      const inside = () => namesIn(path).filter(this.#options.isConfig);
      return isFolder ? inside().map((name) => join(path, name)) : [path];
    });
    return files.map(stateOf).join('\n');
  }

  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return;
    const failed = (error: Error) => {
      this.#watchers.get(folder)?.close();
      this.#watchers.delete(folder);
      this.#options.failed(`${folder}: ${error.message}`);
    };
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#lookLater());
      watcher.on('error', failed);
      this.#watchers.set(folder, watcher);
    } catch (error) {
      failed(error as Error);
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function stateOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return `${path} ${stat?.isFile() ? `${stat.ino} ${stat.size} ${stat.mtimeNs}` : ''}`;
}
