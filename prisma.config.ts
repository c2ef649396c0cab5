import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'prisma/config'
import { parseConfig } from './server/lib/config'
import { databaseUrl } from './server/lib/database-url'

const root = fileURLToPath(new URL('.', import.meta.url))
if (fs.existsSync(path.join(root, '.env'))) process.loadEnvFile(path.join(root, '.env'))

// The Prisma CLI would download its native engine, which fails where only an npm mirror is reachable.
// Never a stub here: with one, `migrate deploy` reports success and does nothing.
if (!hasNativeEngine())
  process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= path.join(root, 'scripts', 'schema-engine.mjs')

const url = addressIfKnown()

export default defineConfig({
  schema: path.join('prisma', 'schema'),
  migrations: { path: path.join('prisma', 'migrations') },
  ...(url === undefined ? {} : { datasource: { url } }),
})

function hasNativeEngine(): boolean {
  const folder = path.join(root, 'node_modules', '@prisma', 'engines')
  return fs.existsSync(folder) && fs.readdirSync(folder).some((name) => name.startsWith('schema-engine-'))
}

/** `generate` and `validate` need no database: only commands that do complain about its absence. */
function addressIfKnown(): string | undefined {
  try {
    return databaseUrl(parseConfig(process.env, root))
  } catch {
    return undefined
  }
}
