import type { ModelMachine } from '@/agents/model/machine'
import { MOVABLE } from '@/agents/model/memory'

/**
 * As somebody converted all of a modelled host's devices before: on kmem, every block online in ZONE_MOVABLE. With
 * `leavesId` as daxctl does it, which leaves ids in kmem's list; which these are.
 */
export function putOnKmem({ bus, memory }: ModelMachine, { leavesId = false } = {}): string[] {
  const left: string[] = []
  if (bus.loadKmem() !== 0) return left
  for (const { name, driver } of bus.devices) {
    if (driver !== 'device_dax') continue
    bus.unbind('device_dax', name)
    const isByKind = bus.bind('kmem', name) === 0
    if (isByKind) continue
    bus.newId('kmem', name)
    if (leavesId) left.push(name)
    else bus.removeId('kmem', name)
  }
  for (const { states } of memory.plugged) states.fill(MOVABLE)
  memory.changed()
  return left
}
