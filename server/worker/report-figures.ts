import { readProcessFigures } from '@/server/metrics/process-figures'
import { forgetWorkerFigures, recordWorkerFigures } from '@/server/metrics/worker-figures'
import type { WorkerContext } from './context'
import { textOf } from './log'

/** Shorter than anybody scrapes, so that a scrape is never far behind. */
const everyMs = 10_000

/** Tells of this process in Postgres, where /metrics finds it: one place to scrape, however many workers there are. */
export function keepReporting(ctx: Pick<WorkerContext, 'pg' | 'holder' | 'log'>): { stop(): Promise<void> } {
  const { pg, holder, log } = ctx
  // Its name without what makes it unique among all times: machine and process, as people know it.
  const labels = { process: 'worker', worker: holder.split(':').slice(0, 2).join(':') }
  let telling: Promise<void> | null = null
  const tell = () => {
    telling ??= readProcessFigures(labels)
      .then((figures) => recordWorkerFigures(pg, holder, figures))
      .catch((error: unknown) => log('debug', 'figures could not be told', { why: textOf(error) }))
      .finally(() => {
        telling = null
      })
  }
  tell()
  const timer = setInterval(tell, everyMs)
  return {
    async stop() {
      clearInterval(timer)
      await telling
      await forgetWorkerFigures(pg, holder).catch((error: unknown) =>
        log('debug', 'figures were left behind', { why: textOf(error) }),
      )
    },
  }
}
