import { createHash } from 'node:crypto'
import { access, chmod, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundle } from '../lib/bundle'
import { runOrThrow } from '../lib/child'
import { ARCHITECTURES, type Architecture, findCompiler } from './compilers'
import { type Build, compile, compileQuickjs, link } from './objects'
import { fetchPackage, QUICKJS, QUICKJS_FOLDER } from './sources'

const AGENTS = fileURLToPath(new URL('../../agents/', import.meta.url))

/** What of the agent itself is in C. */
const OWN_C = ['main.c', 'shim.c', 'sha256.c', 'alone.c']

export interface BuiltAgent {
  path: string
  sha256: string
  sizeBytes: number
}

/** The compiler from bytecode to C runs here, whatever the target: it is always built for this machine. */
async function quickjsCompiler(host: Build, objects: string[]): Promise<string> {
  const flags = ['-DCONFIG_CC="cc"', '-DCONFIG_PREFIX="/usr"']
  const object = await compile(host, join(host.quickjsDir, 'qjsc.c'), flags)
  const program = `${object.slice(0, -2)}-qjsc`
  const there = await access(program).then(
    () => true,
    () => false,
  )
  if (there) return program
  const scratch = `${program}.${process.pid}`
  await link(host, [...objects, object], scratch)
  await rename(scratch, program)
  return program
}

/**
 * Builds the agent for one architecture as a static ELF named by its sha256, below `cacheDir`.
 * Objects are cached: after a change in TypeScript alone a build takes about a second.
 */
export async function buildAgent(options: {
  arch: Architecture
  cacheDir: string
  signal: AbortSignal
  /** Below agents/: the agent itself, or the agent on a modelled host (model/main.ts), which is for measuring. */
  entry?: 'main.ts' | 'model/main.ts'
}): Promise<BuiltAgent> {
  const { arch, signal, entry = 'main.ts' } = options
  const cacheDir = resolve(options.cacheDir)
  const quickjsDir = join(await fetchPackage(QUICKJS, cacheDir, signal), QUICKJS_FOLDER)
  const target: Build = { compiler: await findCompiler(arch, cacheDir, signal), quickjsDir, cacheDir, signal }
  const library = await compileQuickjs(target)
  const native = process.arch === 'arm64' ? 'arm64' : 'x64'
  const host =
    arch === native ? target : { ...target, compiler: await findCompiler(native, cacheDir, signal) }
  const qjsc = await quickjsCompiler(host, arch === native ? library : await compileQuickjs(host))

  const scratch = await mkdtemp(join(cacheDir, 'build-'))
  try {
    await bundle({
      entryPoints: [join(AGENTS, entry)],
      outfile: join(scratch, 'agent.js'),
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      target: 'es2020',
      external: ['std', 'os', 'shim'],
      minify: true,
      logLevel: 'silent',
      banner: { js: '"use strip"' },
    })
    const emit = ['-c', '-m', '-M', 'shim,shim', '-N', 'agent_bytecode', '-o', 'agent.c', 'agent.js']
    await runOrThrow(qjsc, emit, { cwd: scratch, signal, timeoutMs: 60_000 })
    const own = [join(scratch, 'agent.c'), ...OWN_C.map((name) => join(AGENTS, 'quickjs', name))]
    const objects = [...library]
    for (const source of own) objects.push(await compile(target, source))
    const linked = join(scratch, 'agent')
    await link(target, objects, linked)
    const sha256 = createHash('sha256')
      .update(await readFile(linked))
      .digest('hex')
    const folder = join(cacheDir, arch)
    await mkdir(folder, { recursive: true })
    const path = join(folder, sha256)
    await chmod(linked, 0o755)
    await rename(linked, path)
    return { path, sha256, sizeBytes: (await stat(path)).size }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** `node --import tsx scripts/agent/build.ts [x64|arm64 …]`: one line a binary, path last. */
async function main(): Promise<void> {
  const asked = process.argv.slice(2)
  const wrong = asked.find((arch) => !ARCHITECTURES.some((known) => known === arch))
  if (wrong !== undefined)
    throw new Error(`Unknown architecture ${wrong}: use ${ARCHITECTURES.join(' or ')}.`)
  const native = process.arch === 'arm64' ? 'arm64' : 'x64'
  const chosen = asked.length === 0 ? [native] : asked
  const cacheDir = fileURLToPath(new URL('../../.cache/agent/', import.meta.url))
  for (const arch of ARCHITECTURES.filter((known) => chosen.includes(known))) {
    const built = await buildAgent({ arch, cacheDir, signal: AbortSignal.timeout(30 * 60_000) })
    console.log(`${arch}  ${built.sizeBytes} bytes  ${built.path}`)
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  })
}
