import type { DaxDevice } from '@/agents/protocol'
import { countBlocks } from './blocks'
import type { DeviceStateName } from './vocabulary'

type Evidence = Pick<DaxDevice, 'driver' | 'stranded' | 'blocks' | 'refusals'> & {
  prediction: Pick<DaxDevice['prediction'], 'blockCount'>
}

/** Refusals that hang on the zone somebody will ask for, not on the device: the plan tells. */
const zoneDependent: ReadonlySet<string> = new Set(['auto_online_conflict'])

/** What a device is, from what was read: its driver, its blocks, and what stands in the way. */
export function deviceState(device: Evidence): DeviceStateName {
  if (device.stranded) return 'stranded'
  if (device.driver === null) return 'unbound'
  if (device.driver === 'kmem') {
    const { online } = countBlocks(device.blocks)
    return online > 0 && online >= device.prediction.blockCount ? 'system_ram' : 'partial'
  }
  if (device.driver !== 'device_dax') return 'incompatible'
  const refused = device.refusals.some((refusal) => !zoneDependent.has(refusal.code))
  return refused || device.prediction.blockCount === 0 ? 'incompatible' : 'convertible'
}
