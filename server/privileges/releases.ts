import type { AgentBinaries } from '@/server/lib/agent-binaries'
import type { Queryable } from '@/server/lib/pg'

export interface AgentRelease {
  sha256: string
  architecture: 'x64' | 'arm64'
  isCurrent: boolean
  lastSeenAt: Date
}

const note = `
  INSERT INTO "AgentRelease" (sha256, architecture) SELECT * FROM unnest($1::text[], $2::text[])
  ON CONFLICT (sha256) DO UPDATE SET "lastSeenAt" = clock_timestamp()`

/** Writes down which agents a worker uploads from now on, or will once its version is started. */
export async function noteReleases(pg: Queryable, agents: AgentBinaries['agents']): Promise<void> {
  const built = Object.entries(agents).flatMap(([architecture, agent]) =>
    agent === undefined ? [] : [{ architecture, sha256: agent.sha256 }],
  )
  await pg.query(note, [built.map(({ sha256 }) => sha256), built.map(({ architecture }) => architecture)])
}

const latest = `
  SELECT * FROM (
    SELECT sha256, architecture, "lastSeenAt",
      row_number() OVER (PARTITION BY architecture ORDER BY "lastSeenAt" DESC, sha256) AS place
    FROM "AgentRelease" WHERE architecture IN ('x64', 'arm64')) AS ranked
  WHERE place <= 2 ORDER BY architecture DESC, place`

/** For each architecture the agent that was written down last, and the one before. */
export async function latestReleases(pg: Queryable): Promise<AgentRelease[]> {
  const { rows } = await pg.query<Omit<AgentRelease, 'isCurrent'> & { place: string }>(latest)
  return rows.map(({ place, ...release }) => ({ ...release, isCurrent: Number(place) === 1 }))
}

const notePath = `UPDATE "Host" SET "agentPath" = $2 WHERE id = $1 AND "agentPath" IS DISTINCT FROM $2`

/** Where the agent lies on a host, as its account's home was told. */
export async function noteAgentPath(pg: Queryable, hostId: string, path: string): Promise<void> {
  await pg.query(notePath, [hostId, path])
}
