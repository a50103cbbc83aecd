/**
 * One line a message on standard error, in the form of Consul's log:
 * `2026-11-22T10:00:00.000Z [INFO]  agent.sync: joined: url=http://127.0.0.1:8300`.
 */
import type { Clock } from './clock.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

type Fields = Record<string, string | number | boolean | undefined>;

export interface Logger {
  trace(message: string, fields?: Fields): void;
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** Whether a line of this level goes anywhere: what is only made for it need not be. */
  isHeard(level: LogLevel): boolean;
  /** A logger whose lines say `<this name>.<name>`. */
  named(name: string): Logger;
}

export interface LogSink {
  level: LogLevel;
  json: boolean;
  write(line: string): void;
  /** Who else listens, each at a level of its own. */
  taps?: Set<LogSink>;
}

export function makeLogger(name: string, sink: LogSink, clock: Clock): Logger {
  const log = (level: LogLevel) => (message: string, fields?: Fields) => {
    const listening = [sink, ...(sink.taps ?? [])].filter((to) => isLoud(level, to.level));
    if (listening.length === 0) return;
    const time = new Date(clock.nowMs()).toISOString();
    for (const to of listening)
      to.write(
        to.json ? asJson(time, level, name, message, fields) : asText(time, level, name, message, fields),
      );
  };
  const isHeard = (level: LogLevel) =>
    isLoud(level, sink.level) || [...(sink.taps ?? [])].some((tap) => isLoud(level, tap.level));
  return {
    isHeard,
    trace: log('trace'),
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    named: (child) => makeLogger(`${name}.${child}`, sink, clock),
  };
}

const isLoud = (level: LogLevel, from: LogLevel) => logLevels.indexOf(level) >= logLevels.indexOf(from);

function asText(time: string, level: LogLevel, name: string, message: string, fields: Fields = {}): string {
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
  const tail = pairs.map(([key, value]) => ` ${key}=${quoteIfNeeded(String(value))}`).join('');
  return `${time} ${`[${level.toUpperCase()}]`.padEnd(7)} ${name}: ${message}${tail && `:${tail}`}`;
}

function asJson(time: string, level: LogLevel, name: string, message: string, fields: Fields = {}): string {
  return JSON.stringify({
    '@level': level,
    '@message': message,
    '@module': name,
    '@timestamp': time,
    ...fields,
  });
}

const quoteIfNeeded = (text: string) => (/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text));
