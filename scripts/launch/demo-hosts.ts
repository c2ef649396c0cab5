import { readFile } from 'node:fs/promises'
import type { PrismaClient } from '@/prisma/generated/client'
import { systemActor } from '@/server/audit/actor'
import { addCredential } from '@/server/credentials/service'
import { addHosts } from '@/server/hosts/add-hosts'
import { requestProbe } from '@/server/hosts/request-probe'
import { reviewKey } from '@/server/hosts/review-key'
import { databaseUrl } from '@/server/lib/database-url'
import { createPool } from '@/server/lib/pg'
import type { ServiceContext } from '@/server/lib/service-context'
import type { Guest } from '../lab/lab'
import { waitFor } from './wait'

const CREDENTIAL_NAME = 'Lab key'
const PROBE_MS = 180_000

/**
 * Enters the guests as hosts by the product's own services: key, hosts, first probe, and the review of each host key,
 * which here is a comparison with the one the lab gave that guest. Those that are entered already stay as they are.
 */
export async function registerGuests(
  { db }: { db: PrismaClient },
  keyPath: string,
  guests: readonly Guest[],
  log: (line: string) => void,
): Promise<void> {
  const pg = createPool(databaseUrl(), 2)
  try {
    const ctx: ServiceContext = { db, pg, actor: systemActor }
    const credentialId = await labCredential(ctx, keyPath)
    for (const guest of guests) await enter(ctx, credentialId, guest)
    await Promise.all(guests.map((guest) => untilProbed(ctx, guest, log)))
  } finally {
    await pg.end()
  }
}

async function labCredential(ctx: ServiceContext, keyPath: string): Promise<string> {
  const known = await ctx.db.credential.findFirst({ where: { name: CREDENTIAL_NAME }, select: { id: true } })
  if (known !== null) return known.id
  const privateKey = await readFile(keyPath, 'utf8')
  const outcome = await addCredential(ctx, { name: CREDENTIAL_NAME, privateKey })
  if (outcome.type === 'refused') throw new Error(`The lab's key was refused: ${outcome.message}`)
  return outcome.credential.id
}

/** A guest keeps its port over restarts; should it have had to change, the host follows. It was rebooted since: look anew. */
async function enter(ctx: ServiceContext, credentialId: string, guest: Guest): Promise<void> {
  const { host: address, port, user: username } = guest.ssh
  const known = await ctx.db.host.findFirst({ where: { name: guest.name } })
  if (known !== null) {
    if (known.port !== port) await ctx.db.host.update({ where: { id: known.id }, data: { port } })
    await ctx.db.$transaction((tx) => requestProbe(tx, known.id))
    return
  }
  const labels = { lab: 'demo', kind: guest.spec.kind }
  const outcome = await addHosts(ctx, {
    credentialId,
    hosts: [{ name: guest.name, address, port, username, labels }],
  })
  if (outcome.type === 'conflicts') {
    throw new Error(`${guest.name} could not be added: ${outcome.conflicts[0]?.message}`)
  }
}

/** The worker probes by itself; what is left to do here is what an operator would: trust the key after comparing it. */
async function untilProbed(ctx: ServiceContext, guest: Guest, log: (line: string) => void): Promise<void> {
  const state = await waitFor(
    async () => {
      const host = await ctx.db.host.findFirst({
        where: { name: guest.name },
        include: { keys: { where: { status: 'pending' } } },
      })
      if (host === null) return 'removed'
      const key = host.keys.find(({ fingerprint }) => fingerprint === guest.ssh.hostKey)
      if (host.state === 'key_review' && key !== undefined) {
        const { id: keyId, fingerprint } = key
        await reviewKey(ctx, { hostId: host.id, keyId, fingerprint, decision: 'trust' })
        return undefined
      }
      return host.probeRequestedAt === null ? host.state : undefined
    },
    { withinMs: PROBE_MS, everyMs: 250 },
  )
  if (state === undefined) log(`${guest.name} has not been probed yet; its page will show why.`)
}
