import { inspect } from 'node:util'
import { config } from './config'
import { createLog, type Log } from './log'

let memo: Log | undefined

/** The web server's log. */
export const webLog: Log = (...args) => {
  memo ??= createLog(config().logLevel, { process: 'web' })
  memo(...args)
}

/** All that is known of an unexpected error, stack included, as one text for the log. */
export function faultText(error: unknown): string {
  return inspect(error, { depth: 3, breakLength: Number.POSITIVE_INFINITY })
}
