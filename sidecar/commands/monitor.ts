/** `rollcall monitor`: the agent's log as it is written, until one of the two ends. */
import { text as textOf } from 'node:stream/consumers';
import { makeClientCommand } from './client-command.ts';
import { told } from './told.ts';

export const monitorCommand = makeClientCommand({
  name: 'monitor',
  summary: "Shows the agent's log as it is written",
  text: {
    about: [
      'Lines may be of a lower level than the agent itself writes down. It ends when the agent does, or with Ctrl-C.',
    ],
    examples: [['See more than the log holds', 'monitor -log-level=debug']],
  },
  flags: [
    { name: 'log-level', help: 'The least that is shown: trace, debug, info, warn or error. Default: info.' },
    { name: 'log-json', type: 'bool', help: 'Show each line as JSON.' },
  ],
  async run(api, values) {
    const query = new URLSearchParams({ loglevel: values['log-level'] ?? 'info' });
    if (values['log-json']) query.set('logjson', '');
    const controller = new AbortController();
    const { signal } = controller;
    const end = () => controller.abort();
    process.once('SIGINT', end).once('SIGTERM', end);
    // A log may be silent for as long as it likes.
    const opened = api.open('GET', `/v1/agent/monitor?${query}`, { signal, timeoutMs: 0 });
    const lines = await told('starting monitor', opened);
    if (lines.statusCode !== 200)
      throw new Error(
        `Error starting monitor: Unexpected response code: ${lines.statusCode} (${(await textOf(lines)).trim()})`,
      );
    try {
      for await (const piece of lines) process.stdout.write(piece as Buffer);
    } catch {
      // One of the two has ended, which is all that there is to say.
    }
    if (signal.aborted) return 0;
    throw new Error(
      'Remote side ended the monitor! This usually means that the remote side has exited or crashed.',
    );
  },
});
