import { spansText } from '../lib/spans'
import type { BlockSpan, PlannedWrite } from '../protocol'

/** What a value of a plan is called in a sentence, and how it is told; null for `tell` where it would say nothing to anybody. */
interface Words {
  /** The path of the value in a plan item. The first that the differing path begins with is told of. */
  path: string
  /** Followed by "was … when planned, and is … now". */
  name: string
  tell: ((value: unknown) => string) | null
}

const plain = (value: unknown) =>
  value === null || value === undefined ? 'not there' : String(value).slice(0, 200)
const mib = (value: unknown) => (typeof value === 'string' ? `${BigInt(value) / 1048576n} MiB` : plain(value))
const blocks = (value: unknown) => {
  const spans = (value ?? []) as BlockSpan[]
  return spans.length === 0 ? 'none' : spansText(spans).slice(0, 200)
}
const write = (value: unknown) => {
  if (value === null || value === undefined) return 'none'
  const { step, value: text, path, blocks } = value as PlannedWrite
  const place = blocks === undefined ? path : path.replace('{block}', `{${spansText(blocks)}}`)
  return `${step} ("${text}" to ${place})`.slice(0, 300)
}

const WORDS: readonly Words[] = [
  { path: 'invariants.deviceKind', name: 'its kind', tell: plain },
  { path: 'invariants.ranges', name: 'its range of physical addresses', tell: null },
  { path: 'invariants.blockSizeBytes', name: "the host's memory block size", tell: mib },
  { path: 'invariants.targetNode', name: 'its NUMA node', tell: plain },
  { path: 'invariants.deviceId', name: 'its identity', tell: plain },
  { path: 'invariants.zone', name: 'the zone', tell: plain },
  { path: 'preconditions.daxName', name: "the device's name", tell: plain },
  {
    path: 'preconditions.autoOnlinePolicy',
    name: "the host's policy for new memory (auto_online_blocks)",
    tell: plain,
  },
  { path: 'preconditions.kmem', name: 'the kmem driver', tell: plain },
  {
    path: 'preconditions.plannedBlocksOnline',
    name: 'what was online of the blocks it is to have',
    tell: blocks,
  },
  { path: 'prediction.usableBytes', name: 'what the host can have of the device', tell: mib },
  { path: 'prediction.lostBytes', name: 'what no block can hold of the device', tell: mib },
  { path: 'prediction.memmapBytes', name: 'what its struct pages take', tell: mib },
  {
    path: 'prediction.memmapFrom',
    name: 'where its struct pages come from',
    tell: (value) =>
      value === 'device' ? 'the device itself' : plain(value).replace('normal', 'memory there was before'),
  },
  { path: 'prediction', name: 'the memory blocks it can have', tell: null },
  { path: 'lossBytes', name: 'what MemTotal goes down by', tell: mib },
  { path: 'share.bytes', name: 'the size of the share', tell: mib },
  { path: 'share.blocks', name: 'the choice of blocks', tell: null },
  { path: 'files', name: 'what is to be in the files for the next start', tell: null },
  { path: 'writes', name: 'one of the writes', tell: write },
  { path: 'recovery', name: 'one of the writes that undo it', tell: write },
  { path: 'policy', name: 'how blocks are to be taken offline', tell: null },
]

/** The value at a path of keys; undefined where there is none. */
function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | null | undefined)?.[key], value)
}

/**
 * What differs at `path` between two plan items, as an operator would say it: the end of a sentence. The name of a value
 * that has no words here (an agent's that is newer than the plan) is said as it is.
 */
export function driftWords(then: unknown, now: unknown, path: string): string {
  const words = WORDS.find((each) => path === each.path || path.startsWith(`${each.path}.`))
  if (words === undefined)
    return `${path} was ${plain(at(then, path))} when planned, and is ${plain(at(now, path))} now`
  if (words.tell === null) return `${words.name} changed since it was planned`
  // Of a list of writes the one that differs is told, and of that one all.
  const place = words.tell === write ? path.split('.').slice(0, 2).join('.') : words.path
  return `${words.name} was ${words.tell(at(then, place))} when planned, and is ${words.tell(at(now, place))} now`
}
