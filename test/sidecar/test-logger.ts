import type { Logger } from '../../sidecar/system/logger.ts';

export interface LoggedLine {
  level: string;
  message: string;
  fields: Record<string, unknown> | undefined;
}

export function makeTestLogger(lines: LoggedLine[] = []): Logger {
  const log = (level: string) => (message: string, fields?: Record<string, unknown>) =>
    void lines.push({ level, message, fields });
  const logger: Logger = {
    trace: log('trace'),
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    isHeard: () => true,
    named: () => logger,
  };
  return logger;
}
