const levels = ['error', 'warn', 'info', 'debug'] as const
type LogLevel = (typeof levels)[number]
export type Log = (level: LogLevel, message: string, about?: Record<string, string | number | null>) => void

/** One line an event on stdout, as JSON: what happened, to what. Never a secret, never a host's raw output. */
export function createLog(least: LogLevel): Log {
  return (level, message, about = {}) => {
    if (levels.indexOf(level) > levels.indexOf(least)) return
    process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), level, message, ...about })}\n`)
  }
}

/** An error as one line: its message, and that of its cause. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}
