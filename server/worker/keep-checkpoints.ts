import type pg from 'pg'
import { takeCheckpoint } from '@/server/audit/checkpoint-files'
import { findingWords } from '@/server/audit/vocabulary'
import type { Config } from '@/server/lib/config'
import { type Log, textOf } from './log'

/** What is cut off the end of the log within this time of being written is not noticed. */
const everyMs = 5 * 60_000

/** Notes the ends of the audit log's chains now and then, and says aloud what of earlier notes does not hold. */
export function keepCheckpoints(pool: pg.Pool, settings: Config, log: Log): { stop(): Promise<void> } {
  let running: Promise<void> | null = null
  const once = () => {
    running ??= takeCheckpoint(pool, settings)
      .then(
        ({ findings }) => {
          for (const finding of findings)
            log('error', 'the audit log does not hold', { finding: findingWords(finding) })
        },
        (error: unknown) => log('error', 'no checkpoint of the audit log', { why: textOf(error) }),
      )
      .finally(() => {
        running = null
      })
  }
  once()
  const timer = setInterval(once, everyMs)
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
