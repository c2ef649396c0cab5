import type { Host } from '../host'
import type { HealthFact } from '../protocol'
import { readOptional, toCount } from './files'

/** What the firmware raises of a DIMM, in the kernel's words (nfit/flags, papr/flags); it also says which events it tells. */
const RAISED = ['save_fail', 'restore_fail', 'flush_fail', 'not_armed', 'map_fail', 'smart_event']

/** The folder of the DIMM's own firmware interface: ACPI's, or that of POWER. */
const FAMILIES = ['nfit', 'papr']

/** What sysfs tells of DIMMs: flags of the firmware, and shutdowns that lost something. SMART is in no file. */
export async function dimmHealth(host: Host, dimms: readonly string[]): Promise<HealthFact[]> {
  const facts: HealthFact[] = []
  for (const of of dimms) {
    for (const family of FAMILIES) {
      const folder = `/sys/bus/nd/devices/${of}/${family}`
      const flags = await readOptional(host, `${folder}/flags`)
      if (flags !== null) {
        const words = flags.split(/\s+/)
        const raised = RAISED.filter((flag) => words.includes(flag))
        const source = `${folder}/flags`
        facts.push({ fact: 'firmware_flags', of, value: raised.length, detail: raised.join(', '), source })
      }
      const source = `${folder}/dirty_shutdown`
      const dirty = toCount(await readOptional(host, source))
      if (dirty !== null) facts.push({ fact: 'dirty_shutdowns', of, value: dirty, detail: '', source })
    }
  }
  return facts
}
