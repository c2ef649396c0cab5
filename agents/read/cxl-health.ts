import type { Host } from '../host'
import type { HealthFact } from '../protocol'
import { baseName, deviceFolder, parentOf, readOptional, toCount } from './files'

/** Totals that PCIe's error reporting keeps of the card; the kernel says `TOTAL_ERR_FATAL 3` on the last line. */
async function errorTotal(host: Host, path: string): Promise<number | null> {
  const text = await readOptional(host, path)
  return text === null ? null : toCount(/TOTAL_ERR_\w+ (\d+)/.exec(text)?.[1] ?? null)
}

const ERRORS = [
  ['aer_dev_fatal', 'fatal'],
  ['aer_dev_nonfatal', 'uncorrected'],
] as const

/**
 * What sysfs tells of a CXL region and its memory devices. Poison and media health are behind the device's mailbox
 * alone (`cxl list`): the kernel shows them in no file.
 */
export async function cxlHealth(
  host: Host,
  region: string,
  memdevs: readonly string[],
): Promise<HealthFact[]> {
  const facts: HealthFact[] = []
  const committed = await readOptional(host, `${region}/commit`)
  if (committed !== null) {
    const value = committed === '1' ? 0 : 1
    const detail = value === 0 ? 'committed' : 'not committed'
    facts.push({ fact: 'region_state', of: baseName(region), value, detail, source: `${region}/commit` })
  }
  for (const of of memdevs) {
    const path = await deviceFolder(host, `/sys/bus/cxl/devices/${of}`)
    if (path === null) continue
    for (const [file, detail] of ERRORS) {
      const source = `${parentOf(path)}/${file}`
      const value = await errorTotal(host, source)
      if (value !== null) facts.push({ fact: 'link_errors', of, value, detail, source })
    }
  }
  return facts
}
