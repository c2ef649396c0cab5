import { ensureFolders } from '../convert/state'
import type { Host } from '../host'
import { type EntryFile, readEntries } from '../persist/entries'
import { PROGRAM } from '../persist/places'
import { writeReport } from '../persist/report'
import type { BootResult } from '../protocol'
import { isPrivileged, readBootId } from '../read/identity'
import { ownedFault } from '../read/root-own'
import { bringBack } from './bring-back'

/** Devices come as their drivers find them: so long the whole start waits for those that are not there yet. */
const PATIENCE_MS = 30_000

const isGood = ({ outcome }: BootResult) => outcome === 'converted' || outcome === 'already'

/** What systemd's journal gets of one device: a line, and one more where somebody has to do something. */
async function tell(host: Host, { path, deviceId, outcome, message, next }: BootResult): Promise<void> {
  await host.out(`${outcome}: ${deviceId ?? path}: ${message}`)
  if (next !== '') await host.out(`next: ${next}`)
}

/** Whoever can write to what runs here as root could be anybody: then nothing is done for any device. */
async function programFault(host: Host): Promise<string | null> {
  const own = await host.readlink('/proc/self/exe')
  return own === PROGRAM ? ownedFault(host, PROGRAM) : null
}

/**
 * What the unit of systemd runs as the host starts, and nobody else needs to: converts every device that files in
 * /etc/daxfleet/persist.d ask for, by the code of an ordinary conversion, one after the other. What does not fit stays as
 * it is. The exit status is 0 when all of them are system RAM in the end.
 */
export async function boot(host: Host): Promise<number> {
  if (!(await isPrivileged(host))) {
    await host.out('refused: this takes root.')
    return 1
  }
  const files = await readEntries(host)
  const unsafe = await programFault(host)
  await ensureFolders(host)
  const bootId = await readBootId(host)
  const until = (await host.uptimeMs()) + PATIENCE_MS
  const results: BootResult[] = []
  await writeReport(host, { bootId, isOver: files.length === 0, results })
  for (const [index, file] of files.entries()) {
    const result = unsafe === null ? await bringBack(host, file, until) : refused(file, unsafe)
    results.push(result)
    await writeReport(host, { bootId, isOver: index === files.length - 1, results })
    await tell(host, result)
  }
  return results.every(isGood) ? 0 : 1
}

function refused({ path, entry }: EntryFile, why: string): BootResult {
  const next = 'Set it right on the host.'
  const message = `What runs here as root is not safe: ${why}.`
  return { path, deviceId: entry?.deviceId ?? null, jobId: null, outcome: 'refused', message, next }
}
