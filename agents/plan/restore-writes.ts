import type { BlockSpan, DaxDevice, PlannedBlocks, PlannedWrite } from '../protocol'
import { notOfflineSpans, onlineSpans } from './restore-blocks'
import { BLOCK_STATE, DRIVERS } from './writes'

/** One write to the state of those blocks; none where there are none. */
export function toBlocks(step: 'offline' | 'online', value: string, spans: BlockSpan[]): PlannedWrite[] {
  return spans.length === 0 ? [] : [{ step, path: BLOCK_STATE, value, blocks: spans }]
}

/** Those that are online, back into the zone each is in. */
export function onlineAgain(blocks: readonly PlannedBlocks[]): PlannedWrite[] {
  const kernels = new Set(blocks.flatMap(({ zones }) => (zones === '' || zones === 'Movable' ? [] : [zones])))
  return [
    ...toBlocks('online', 'online_movable', onlineSpans(blocks, 'Movable')),
    ...[...kernels].flatMap((zone) => toBlocks('online', 'online_kernel', onlineSpans(blocks, zone))),
  ]
}

/**
 * The writes of a giving back, in their order. The id goes off kmem's list first: daxctl leaves one there, and a device
 * without a driver would be taken again by the next write to new_id. CXL and soft-reserved memory belong to kmem since
 * Linux 6.3: device_dax takes them only while their id is in its list.
 */
export function planRestoreWrites(
  { name }: DaxDevice,
  blocks: readonly PlannedBlocks[],
  isKmems: boolean,
): { writes: PlannedWrite[]; recovery: PlannedWrite[] } {
  const write = (step: PlannedWrite['step'], file: string): PlannedWrite => ({
    step,
    path: `${DRIVERS}/${file}`,
    value: name,
  })
  const bind = [
    write('bind', 'device_dax/bind'),
    ...(isKmems ? [write('release', 'device_dax/remove_id')] : []),
  ]
  return {
    writes: [
      write('release', 'kmem/remove_id'),
      ...toBlocks('offline', 'offline', notOfflineSpans(blocks)),
      ...(isKmems ? [write('claim', 'device_dax/new_id')] : []),
      write('unbind', 'kmem/unbind'),
      ...bind,
    ],
    recovery: [...onlineAgain(blocks), ...bind],
  }
}
