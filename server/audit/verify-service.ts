import type { z } from 'zod'
import { config } from '@/server/lib/config'
import type { ServiceContext } from '@/server/lib/service-context'
import { readCheckpoints, takeCheckpoint } from './checkpoint-files'
import type { Verification } from './finding'
import { auditKeys } from './keys'
import type { takeCheckpointOutput } from './schema'
import { verifyAudit } from './verify'

let running: Promise<Verification> | null = null

/** Verifies the whole log against every checkpoint kept here. Who asks while one is under way gets that one's answer. */
export function verifyNow(ctx: Pick<ServiceContext, 'pg'>): Promise<Verification> {
  running ??= verifyWith(ctx).finally(() => {
    running = null
  })
  return running
}

async function verifyWith({ pg }: Pick<ServiceContext, 'pg'>): Promise<Verification> {
  const settings = config()
  return verifyAudit(pg, auditKeys(settings), await readCheckpoints(settings))
}

/** A checkpoint of this moment, kept here and to be kept elsewhere. */
export async function takeCheckpointNow({
  pg,
}: Pick<ServiceContext, 'pg'>): Promise<z.infer<typeof takeCheckpointOutput>> {
  const { checkpoint } = await takeCheckpoint(pg, config())
  return { checkpoint }
}
