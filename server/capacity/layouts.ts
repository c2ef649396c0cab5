import type { Queryable } from '@/server/lib/pg'
import { type Inspected, type Layout, layoutOf } from './layout'

interface LayoutRow {
  id: string
  version: string | null
  /** Null when it is the version that is known. */
  seen: Inspected | null
}

const changed = `
  SELECT h.id, h."inspectedAt"::text AS version,
    CASE WHEN h."inspectedAt"::text IS DISTINCT FROM k.version THEN jsonb_build_object(
      'privileged', h.inspection->'privileged', 'blockSizeBytes', h.inspection->'blockSizeBytes',
      'devices', h.inspection->'devices', 'host', jsonb_build_object('bootId', h.inspection->'host'->'bootId'))
    END AS seen
  FROM unnest($1::uuid[], $2::text[]) AS k(id, version) JOIN "Host" h ON h.id = k.id`

/** What was last inspected of hosts, read again only when there is a newer inspection: one statement for all. */
export class Layouts {
  private readonly known = new Map<string, { version: string | null; layout: Layout | null }>()

  constructor(private readonly pg: Queryable) {}

  /** Hosts that are gone are not in the answer. */
  async of(hostIds: ReadonlySet<string>): Promise<Map<string, Layout | null>> {
    const ids = [...hostIds]
    const versions = ids.map((id) => this.known.get(id)?.version ?? null)
    const { rows } = await this.pg.query<LayoutRow>(changed, [ids, versions])
    const found = new Map<string, Layout | null>()
    for (const { id, version, seen } of rows) {
      // Validated when it came from the host, before it was stored.
      if (seen !== null) this.known.set(id, { version, layout: layoutOf(seen) })
      found.set(id, this.known.get(id)?.layout ?? null)
    }
    for (const id of ids) if (!found.has(id)) this.known.delete(id)
    return found
  }
}
