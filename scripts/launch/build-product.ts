import fs from 'node:fs'
import path from 'node:path'
import { bundle } from '../lib/bundle'
import { contentHash } from './content-hash'
import { errorCode, LaunchError } from './launch-error'
import { waitForLock } from './lock'
import { runNode } from './run-step'

/** What the built web application and worker are made of. */
const SOURCES = [
  ...['app', 'server', 'agents', 'prisma/schema', 'prisma/generated', 'public'],
  ...['next.config.ts', 'proxy.ts', 'instrumentation.ts', 'postcss.config.mjs', 'tsconfig.json'],
  ...['package.json', 'package-lock.json', 'scripts/launch/build-product.ts'],
  'scripts/launch/welcome.ts',
]
const BUILD_MS = 15 * 60_000

/** What is bundled beside the web application: read from one file each, they start in a fraction of the time. */
const BUNDLES = { worker: 'server/worker/main.ts', welcome: 'scripts/launch/welcome.ts' }

/** Path of a bundle, below the checkout so that it finds node_modules. */
export function bundlePath(root: string, name: keyof typeof BUNDLES): string {
  return path.join(root, 'dist', `${name}.mjs`)
}

/**
 * Builds web application and worker for production unless the last build was of the very same sources. One build at
 * a time in one checkout. Resolves to false when there was nothing to do.
 */
export async function buildProduct(
  root: string,
  { say, signal }: { say: (line: string) => void; signal: AbortSignal },
): Promise<boolean> {
  const stamp = path.join(root, '.next', 'daxfleet-build')
  const wanted = contentHash(root, SOURCES, [process.version])
  if (isBuilt(root, stamp, wanted)) return false
  const lock = await waitForLock(root, 'build', signal)
  try {
    if (isBuilt(root, stamp, wanted)) return false
    say('Building the web application (about half a minute; only when its sources changed)...')
    fs.rmSync(stamp, { force: true })
    await makeBundles(root)
    const next = path.join(root, 'node_modules', 'next', 'dist', 'bin', 'next')
    await runNode('The build of the web application', [next, 'build'], {
      cwd: root,
      env: { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
      signal,
      withinMs: BUILD_MS,
    })
    // Written last: a build that was cut off is not taken for one.
    fs.writeFileSync(stamp, wanted)
    return true
  } catch (error) {
    const code = errorCode(error)
    if (code !== 'EACCES' && code !== 'EROFS') throw error
    throw new LaunchError(
      `This user may not write to ${root}, where the web application has to be built (${code}): build it once as the checkout's owner (npm start), or make the checkout your own.`,
      { cause: error },
    )
  } finally {
    await lock.release()
  }
}

function isBuilt(root: string, stamp: string, wanted: string): boolean {
  if (!fs.existsSync(stamp) || !fs.existsSync(bundlePath(root, 'worker'))) return false
  return fs.readFileSync(stamp, 'utf8') === wanted
}

/** What CommonJS packages expect to find around them. Its names are no module's: the bundler does not know of them. */
const COMMONJS = `import { createRequire as __makeRequire } from 'node:module'
import { dirname as __folderOf } from 'node:path'
import { fileURLToPath as __pathOf } from 'node:url'
const require = __makeRequire(import.meta.url), __filename = __pathOf(import.meta.url), __dirname = __folderOf(__filename)`

/** Bundles what `npm start` runs beside Next, into a folder below the checkout. */
export async function makeBundles(root: string, outdir = 'dist'): Promise<void> {
  await bundle({
    absWorkingDir: root,
    entryPoints: BUNDLES,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // What is shared with the web may say `server-only`, which is empty under this condition.
    conditions: ['react-server'],
    // CommonJS packages are bundled too: Node finds the named exports of some (ssh2) only at run time, which is too late.
    external: ['graphile-worker', 'pg-native', 'cpu-features', '*.node'],
    banner: { js: COMMONJS },
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: true,
    // Node reads the map at every start; the sources lie in the checkout anyway.
    sourcesContent: false,
    logLevel: 'silent',
  })
}
