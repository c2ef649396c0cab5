import type { ImportRow } from './schema'

/** A host of the fleet that others may be reached through. */
export interface KnownJump {
  name: string
  address: string
  /** Name of the host it is itself reached through. */
  jumpHost: string | null
}

/**
 * Finds the host each new row is reached through, among the new rows and in the fleet, by name or by address. A row whose
 * way cannot be found is no host to save: it would be asked for where it does not answer.
 */
export function resolveJumps(rows: readonly ImportRow[], known: readonly KnownJump[]): ImportRow[] {
  const fleet = new Map<string, KnownJump>()
  for (const host of known) for (const key of [host.address, host.name]) fleet.set(key.toLowerCase(), host)
  const fresh = new Map<string, ImportRow>()
  for (const row of rows) {
    if (row.verdict !== 'new' || row.host === null) continue
    for (const key of [row.host.address, row.host.name]) fresh.set(key.toLowerCase(), row)
  }
  const settled = new Map<ImportRow, ImportRow>()

  const settle = (row: ImportRow, passed: readonly ImportRow[]): ImportRow => {
    const before = settled.get(row)
    if (before !== undefined) return before
    const answer = found(row, passed)
    settled.set(row, answer)
    return answer
  }
  const found = (row: ImportRow, passed: readonly ImportRow[]): ImportRow => {
    if (row.verdict !== 'new' || row.host === null || row.jump === null) return row
    const refuse = (reason: string): ImportRow => ({ ...row, verdict: 'invalid', reason, host: null })
    if (passed.includes(row)) return refuse('It is reached through hosts that lead back to it.')
    if (passed.length >= maxJumps) return refuse(`It is reached through more than ${maxJumps} hosts.`)
    const hops = row.jump.split(',').map(nameIn)
    const last = hops.at(-1) ?? ''
    const other = fresh.get(last)
    const jump = other === undefined ? fleet.get(last) : jumpOf(settle(other, [...passed, row]), other)
    if (jump === undefined)
      return refuse(
        other === undefined
          ? `It is reached through ${last}, which is neither in the fleet nor among these hosts.`
          : `It is reached through ${last}, which cannot be added.`,
      )
    const [before] = hops.slice(-2, -1)
    if (before !== undefined && jump.jumpHost?.toLowerCase() !== before)
      return refuse(
        `It is reached through ${before} and ${last}, but ${last} is not said to be reached through ${before}.`,
      )
    return { ...row, jumpHost: jump.name }
  }
  return rows.map((row) => settle(row, []))
}

const maxJumps = 8

function jumpOf(settled: ImportRow, { host }: ImportRow): KnownJump | undefined {
  if (settled.verdict !== 'new' || host === null) return undefined
  return { name: host.name, address: host.address, jumpHost: settled.jumpHost }
}

/** The host in `[ssh://][user@]host[:port]`; account and port are that host's own business. */
function nameIn(hop: string): string {
  const place = hop.trim().replace(/^ssh:\/\//, '')
  const rest = place.slice(place.lastIndexOf('@') + 1)
  const bracketed = /^\[([^\]]+)\]/.exec(rest)?.[1]
  return (bracketed ?? rest.replace(/:\d+$/, '')).toLowerCase()
}
