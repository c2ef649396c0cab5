import type { z } from 'zod'
import { type NewHost, newHostSchema } from '@/server/hosts/schemas/fields'
import { type KnownHost, TakenNames } from '@/server/hosts/taken-names'
import type { Candidate, HostDraft } from './candidate'
import type { ImportRow } from './schema'

/** A verdict a candidate, in their order: the first of two that clash is the one that is new. */
export function judge(
  candidates: readonly Candidate[],
  defaultUsername: string,
  known: readonly KnownHost[],
): ImportRow[] {
  const taken = new TakenNames(known)
  const severalSources = new Set(candidates.map(({ source }) => source)).size > 1
  return candidates.map(({ draft, ...candidate }) => {
    const row = { ...candidate, jumpHost: null }
    const host = typeof draft === 'string' ? draft : toHost(draft, defaultUsername)
    if (typeof host === 'string') return { ...row, verdict: 'invalid', reason: host, host: null }
    const clash = taken.clashOf(host)
    if (clash === null)
      taken.add(host, severalSources ? `${row.source}, line ${row.line}` : `line ${row.line}`)
    return { ...row, verdict: clash?.verdict ?? 'new', reason: clash?.reason ?? '', host }
  })
}

/** A host that can be saved, or the sentence that says why not. */
function toHost(draft: HostDraft, defaultUsername: string): NewHost | string {
  const port = portOf(draft.port)
  if (typeof port === 'string') return port
  const host = newHostSchema.safeParse({
    name: draft.name,
    address: draft.address.toLowerCase(),
    port,
    username: draft.username ?? defaultUsername,
    labels: draft.labels,
  })
  return host.success ? host.data : faultOf(host.error)
}

function portOf(port: HostDraft['port']): number | string {
  if (port === null) return 22
  if (typeof port === 'string' && !/^\d{1,5}$/.test(port)) return `${port || 'Nothing'} is no port number.`
  const number = Number(port)
  return Number.isInteger(number) && number >= 1 && number <= 65_535
    ? number
    : `${port} is no port: ports are 1 to 65535.`
}

/** The first fault in the order a person reads the line; a bad label key hides one level down. */
function faultOf(error: z.ZodError): string {
  const issue = error.issues.find((each) => each.path[0] === 'address') ?? error.issues[0]
  const inner = issue?.code === 'invalid_key' ? issue.issues[0] : issue
  return inner?.message ?? 'This is not a host.'
}
