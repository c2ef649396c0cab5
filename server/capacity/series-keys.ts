/** What every reading has one of, in the order of their keys. DRAM is not stored: it is what the tiers leave of the total. */
export const OF_HOST = ['total', 'free', 'available', 'pmem', 'cxl', 'hbm', 'convertible', 'lost'] as const
export type OfHost = (typeof OF_HOST)[number]

export type Series =
  | { of: 'host'; name: OfHost }
  | { of: 'node'; name: 'total' | 'free'; id: number }
  /** `number` is the device's place in the host's list (CapacityLatest.devices). */
  | { of: 'device'; name: 'movable' | 'other'; number: number }

/** Kinds of keys: a key is its index times their number, plus its kind. Stored for years: only ever added to. */
const KINDS = 8
const [HOST, NODE_TOTAL, NODE_FREE, MOVABLE, OTHER] = [0, 1, 2, 3, 4]

/** The number a series goes by in what is stored. */
export const hostKey = (name: OfHost): number => OF_HOST.indexOf(name) * KINDS + HOST
export const nodeKey = (id: number, name: 'total' | 'free'): number =>
  id * KINDS + (name === 'total' ? NODE_TOTAL : NODE_FREE)
export const deviceKey = (number: number, name: 'movable' | 'other'): number =>
  number * KINDS + (name === 'movable' ? MOVABLE : OTHER)

/** What a key stands for; null for one that this version does not know. */
export function seriesOf(key: number): Series | null {
  const index = Math.floor(key / KINDS)
  switch (key % KINDS) {
    case HOST: {
      const name = OF_HOST[index]
      return name === undefined ? null : { of: 'host', name }
    }
    case NODE_TOTAL:
      return { of: 'node', name: 'total', id: index }
    case NODE_FREE:
      return { of: 'node', name: 'free', id: index }
    case MOVABLE:
      return { of: 'device', name: 'movable', number: index }
    case OTHER:
      return { of: 'device', name: 'other', number: index }
    default:
      return null
  }
}
