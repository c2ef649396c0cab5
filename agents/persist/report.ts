import { STATE, writeWhole } from '../convert/state'
import type { Host } from '../host'
import type { BootResult, Persistence } from '../protocol'
import { readOptional } from '../read/files'

const REPORT = `${STATE}/boot.json`
const MOST_BYTES = 1024 * 1024

type Report = NonNullable<Persistence['lastBoot']>

/** What the last start did for the files there were; null where none has done anything, or it cannot be read. */
export async function readReport(host: Host): Promise<Report | null> {
  try {
    const value: unknown = JSON.parse((await readOptional(host, REPORT, MOST_BYTES)) ?? 'null')
    if (typeof value !== 'object' || value === null) return null
    const { bootId, isOver, results } = value as Record<string, unknown>
    if (typeof bootId !== 'string' || typeof isOver !== 'boolean' || !Array.isArray(results)) return null
    return { bootId, isOver, results: results as BootResult[] }
  } catch {
    return null
  }
}

/** Under nobody's lock: only the one unit of a start writes it, and a reader finds it whole. */
export async function writeReport(host: Host, report: Report): Promise<void> {
  await writeWhole(host, REPORT, `${JSON.stringify(report)}\n`, true)
  await host.fsyncDirectory(STATE)
}
