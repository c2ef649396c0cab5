import { redact } from './redact'

const levels = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof levels)[number]
export type About = Record<string, string | number | null>
export type Log = (level: LogLevel, message: string, about?: About) => void

/**
 * One line an event on stdout, as JSON: what happened, to what. Never a host's raw output, and never a secret: every
 * text goes through redact(), whoever wrote it.
 */
export function createLog(least: LogLevel, always: About = {}): Log {
  return (level, message, about = {}) => {
    if (levels.indexOf(level) > levels.indexOf(least)) return
    const line = { at: new Date().toISOString(), level, ...always, message: redact(message) }
    process.stdout.write(`${JSON.stringify({ ...line, ...cleaned(about) })}\n`)
  }
}

function cleaned(about: About): About {
  return Object.fromEntries(
    Object.entries(about).map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value]),
  )
}

/** An error as one line: its message, and that of its cause. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}
