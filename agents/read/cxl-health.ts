import type { Host } from '../host'
import type { HealthFact } from '../protocol'
import { deviceFolder, parentOf, readOptional, toCount } from './files'

/** Totals that PCIe's error reporting keeps of the card; the kernel says `TOTAL_ERR_FATAL 3` on the last line. */
async function errorTotal(host: Host, card: string, file: string): Promise<number | null> {
  const text = await readOptional(host, `${card}/${file}`)
  return text === null ? null : toCount(/TOTAL_ERR_\w+ (\d+)/.exec(text)?.[1] ?? null)
}

/**
 * What sysfs tells of a CXL region and its memory devices. Poison and media health are behind the device's mailbox
 * alone (`cxl list -H`): the kernel shows them in no file.
 */
export async function cxlHealth(
  host: Host,
  region: string,
  memdevs: readonly string[],
): Promise<HealthFact[]> {
  const facts: HealthFact[] = []
  const committed = await readOptional(host, `${region}/commit`)
  if (committed !== null) {
    facts.push({
      label: 'region',
      value: committed === '1' ? 'committed' : 'not committed',
      isBad: committed !== '1',
    })
  }
  for (const memdev of memdevs) {
    const path = await deviceFolder(host, `/sys/bus/cxl/devices/${memdev}`)
    if (path === null) continue
    const firmware = await readOptional(host, `${path}/firmware_version`)
    if (firmware) facts.push({ label: `${memdev} firmware`, value: firmware, isBad: false })
    const card = parentOf(path)
    for (const [file, what] of [
      ['aer_dev_fatal', 'fatal link errors'],
      ['aer_dev_nonfatal', 'uncorrected link errors'],
    ] as const) {
      const total = await errorTotal(host, card, file)
      if (total !== null) facts.push({ label: `${memdev} ${what}`, value: String(total), isBad: total > 0 })
    }
  }
  return facts
}
