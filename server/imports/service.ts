import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { addHosts, knownHosts } from '@/server/hosts/add-hosts'
import type { ServiceContext } from '@/server/lib/service-context'
import { ImportRefusal } from './candidate'
import { judge } from './judge'
import { readSources } from './read-sources'
import { resolveJumps } from './resolve-jumps'
import type { ImportPreview, ImportRequest, ImportRow, SaveImportOutcome, saveImportInput } from './schema'

/** What the sources would add; nothing is saved. */
export async function previewImport(
  ctx: Pick<ServiceContext, 'db'>,
  request: ImportRequest,
): Promise<ImportPreview> {
  try {
    const { candidates, ...reading } = readSources(request)
    const known = await knownHosts(ctx.db)
    const rows = resolveJumps(judge(candidates, request.defaultUsername, known), known)
    return { type: 'read', ...reading, rows, digest: digestOf(rows) }
  } catch (error) {
    if (!(error instanceof ImportRefusal)) throw error
    return { type: 'refused', message: error.message, next: error.next }
  }
}

/**
 * Reads the sources again and saves every new host in one transaction, provided they are those that were previewed: what
 * others did to the fleet meanwhile must not make it another import than the one that was looked at.
 */
export async function saveImport(
  ctx: Pick<ServiceContext, 'db' | 'actor'>,
  { credentialId, digest, ...request }: z.infer<typeof saveImportInput>,
): Promise<SaveImportOutcome> {
  const preview = await previewImport(ctx, request)
  if (preview.type === 'refused') return preview
  const hosts = preview.rows.flatMap(({ verdict, host, jumpHost }) =>
    verdict === 'new' && host ? [{ ...host, jumpHost }] : [],
  )
  if (preview.digest !== digest)
    return {
      type: 'refused',
      message: 'Nothing was saved: the fleet has changed since this preview, and so have the verdicts.',
      next: 'Look at the verdicts again, then add.',
    }
  if (hosts.length === 0)
    return { type: 'refused', message: 'There is no new host to save.', next: 'Look at the verdicts.' }
  const added = await addHosts(ctx, { credentialId, hosts })
  if (added.type === 'added') return added
  const [first] = added.conflicts
  return {
    type: 'refused',
    message: `Nothing was saved: ${first?.name} cannot be added. ${first?.message}`,
    next: 'Look at the verdicts again, then add.',
  }
}

function digestOf(rows: readonly ImportRow[]): string {
  const fresh = rows.flatMap(({ verdict, host, jumpHost }) => (verdict === 'new' ? [[host, jumpHost]] : []))
  return createHash('sha256').update(JSON.stringify(fresh)).digest('hex')
}
