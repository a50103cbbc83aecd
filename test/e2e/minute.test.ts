/** What takes a minute, because no service can be evicted sooner: each has a system of its own, and they run side by side. */
import { describe } from 'vitest';
import { aHost } from './liveness.ts';
import { theTutorial } from './tutorial.ts';

describe.concurrent('the tutorial', theTutorial);
describe.concurrent('a host', aHost);
