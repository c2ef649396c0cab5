import type { Writes } from '../host'
import { idsOf } from '../lib/spans'
import type { AutoOnlinePolicy, BlockSpan, PlannedWrite } from '../protocol'

const WRITABLE = /^\/sys\/bus\/dax\/drivers\/(kmem|device_dax)\/(new_id|remove_id|bind|unbind)$/
const BLOCKS = '/sys/devices/system/memory/memory{block}/state'
const NAME = /^dax[0-9]+\.[0-9]+$/

const POLICY = '/sys/devices/system/memory/auto_online_blocks'
const DEVICE_STATE = /^\/sys\/bus\/dax\/devices\/dax[0-9]+\.[0-9]+\/state$/
const DEVICE_STATES = /^(unplugged|online(_movable|_kernel)?)$/

/**
 * What a child may write in one go: only a device's name to the files of a conversion, only a state to a device's own
 * `state`; else null.
 */
export function singleWrite({ path, value }: PlannedWrite): Writes | null {
  const isBinding = WRITABLE.test(path) && NAME.test(value)
  if (!isBinding && !(DEVICE_STATE.test(path) && DEVICE_STATES.test(value))) return null
  return { name: 'write', paths: [path], value, stopFile: null }
}

/** What the kernel does with new blocks by itself. */
export function policyWrite(policy: AutoOnlinePolicy): Writes {
  return { name: 'write', paths: [POLICY], value: policy, stopFile: null }
}

/** To take one block offline: alone, for it may have to be interrupted. */
export function offlineWrite({ path, value }: PlannedWrite, id: number): Writes {
  if (path !== BLOCKS || value !== 'offline') throw new Error(`Not to be written: ${value} to ${path}`)
  return { name: 'write', paths: [BLOCKS.replace('{block}', String(id))], value, stopFile: null }
}

function* pathsOf(spans: readonly BlockSpan[]): Generator<string> {
  for (const id of idsOf(spans)) yield BLOCKS.replace('{block}', String(id))
}

/**
 * The same for the blocks of `spans`, until `stopFile` is there: between two blocks is a safe place to rest, and
 * thousands of blocks take their time.
 */
export function blockWrites(
  { path, value }: PlannedWrite,
  spans: readonly BlockSpan[],
  stopFile: string | null,
): Writes | null {
  if (path !== BLOCKS || !/^online(_movable|_kernel)?$/.test(value)) return null
  return { name: 'write-blocks', paths: pathsOf(spans), value, stopFile }
}
