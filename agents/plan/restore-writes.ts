import type { BlockSpan, DaxDevice, PlannedBlocks, PlannedWrite } from '../protocol'
import { notOfflineSpans, onlineSpans } from './restore-blocks'
import { BLOCK_STATE, DRIVERS } from './writes'

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
  const toBlocks = (step: 'offline' | 'online', value: string, spans: BlockSpan[]): PlannedWrite[] =>
    spans.length === 0 ? [] : [{ step, path: BLOCK_STATE, value, blocks: spans }]
  const bind = [
    write('bind', 'device_dax/bind'),
    ...(isKmems ? [write('release', 'device_dax/remove_id')] : []),
  ]
  const kernels = new Set(blocks.flatMap(({ zones }) => (zones === '' || zones === 'Movable' ? [] : [zones])))
  return {
    writes: [
      write('release', 'kmem/remove_id'),
      ...toBlocks('offline', 'offline', notOfflineSpans(blocks)),
      ...(isKmems ? [write('claim', 'device_dax/new_id')] : []),
      write('unbind', 'kmem/unbind'),
      ...bind,
    ],
    recovery: [
      ...toBlocks('online', 'online_movable', onlineSpans(blocks, 'Movable')),
      ...[...kernels].flatMap((zone) => toBlocks('online', 'online_kernel', onlineSpans(blocks, zone))),
      ...bind,
    ],
  }
}
