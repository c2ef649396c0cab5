import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readCheckpoint, readCheckpoints, takeCheckpoint } from '@/server/audit/checkpoint-files'
import { auditKeys } from '@/server/audit/keys'
import { verifyAudit } from '@/server/audit/verify'
import { findingWords } from '@/server/audit/vocabulary'
import { config } from '@/server/lib/config'
import { databaseUrl } from '@/server/lib/database-url'
import { createPool } from '@/server/lib/pg'

/**
 * `npm run audit-verify [-- --checkpoint FILE] [-- --save FILE]`, while Daxfleet's database runs: computes the whole
 * audit log again and compares it with every checkpoint kept here and those given. Ends with 0 when nothing was found,
 * 2 when something was, 1 when it could not be told. `--save` writes a new checkpoint, to be kept elsewhere.
 */
async function main(): Promise<number> {
  const cwd = process.cwd()
  const { values } = parseArgs({
    options: { checkpoint: { type: 'string', multiple: true, default: [] }, save: { type: 'string' } },
  })
  const given = values.checkpoint.map((file) => path.resolve(cwd, file))
  process.chdir(fileURLToPath(new URL('..', import.meta.url)))
  try {
    process.loadEnvFile(path.resolve('.env'))
  } catch {
    // No .env: the defaults, as npm start takes them.
  }
  const settings = config()
  const checkpoints = await readCheckpoints(settings)
  for (const file of given) checkpoints.push(await readCheckpoint(file))
  const pool = createPool(databaseUrl(settings), 1)
  try {
    const found = await verifyAudit(pool, auditKeys(settings), checkpoints)
    console.log(`${found.entries} entries in ${found.chains} chains, ${checkpoints.length} checkpoints.`)
    if (found.began !== null && found.began.earlierEntries > 0) {
      const { at, earlierEntries, lastEarlierId } = found.began
      console.log(
        `${earlierEntries} of them, up to number ${lastEarlierId}, are older than chains, which began ${at.toISOString()}: what was done to them before cannot be told.`,
      )
    }
    for (const finding of found.findings) console.error(findingWords(finding))
    if (found.findingCount > 0) {
      const more = found.findingCount - found.findings.length
      console.error(`${found.findingCount} findings${more > 0 ? `, ${more} of them not listed` : ''}.`)
    } else console.log('Nothing was altered, removed or moved.')
    if (values.save !== undefined) {
      const { checkpoint } = await takeCheckpoint(pool, settings)
      fs.writeFileSync(path.resolve(cwd, values.save), `${JSON.stringify(checkpoint)}\n`, { mode: 0o600 })
      console.log(
        `A checkpoint of ${checkpoint.body.at} was written to ${values.save}: keep it on another machine.`,
      )
    }
    return found.findingCount === 0 ? 0 : 2
  } finally {
    await pool.end()
  }
}

main().then(
  (status) => {
    process.exitCode = status
  },
  (error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    console.error(`The audit log could not be verified: ${why}`)
    process.exitCode = 1
  },
)
