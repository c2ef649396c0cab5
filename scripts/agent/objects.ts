import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { runOrThrow } from '../lib/child'
import type { Compiler } from './compilers'

const LIBRARY = ['quickjs', 'libregexp', 'libunicode', 'cutils', 'quickjs-libc', 'libbf']

/**
 * No unwind tables: nothing here throws C++ exceptions, and they were 71 KB of the binary.
 * -fwrapv and -funsigned-char are what QuickJS's own Makefile builds with; without them it miscompiles.
 */
const FLAGS = [
  '-D_GNU_SOURCE',
  '-DCONFIG_VERSION="2021-03-27"',
  '-DCONFIG_BIGNUM',
  '-fwrapv',
  '-funsigned-char',
  '-ffunction-sections',
  '-fdata-sections',
  '-fno-unwind-tables',
  '-fno-asynchronous-unwind-tables',
]

/** The interpreter for speed, a fifth of the agent's instructions for 130 KB; everything else for size. */
const optimisation = (source: string) => (basename(source) === 'quickjs.c' ? '-O2' : '-Os')

export interface Build {
  compiler: Compiler
  quickjsDir: string
  cacheDir: string
  signal: AbortSignal
}

/** Compiles one C file, unless an object made from the same bytes by the same command is in the cache. */
export async function compile(build: Build, source: string, extraFlags: string[] = []): Promise<string> {
  const { compiler } = build
  const args = [...compiler.args, optimisation(source), ...FLAGS, ...extraFlags, '-I', build.quickjsDir]
  const key = createHash('sha256')
    .update(JSON.stringify([compiler.name, optimisation(source), FLAGS, extraFlags]))
    .update(await readFile(source))
    .digest('hex')
    .slice(0, 24)
  const folder = join(build.cacheDir, 'objects')
  const object = join(folder, `${key}.o`)
  const cached = await access(object).then(
    () => true,
    () => false,
  )
  if (cached) return object
  await mkdir(folder, { recursive: true })
  const scratch = `${object}.${process.pid}`
  await runOrThrow(compiler.program, [...args, '-c', '-o', scratch, source], {
    signal: build.signal,
    timeoutMs: 600_000,
  })
  await rename(scratch, object)
  return object
}

/** The QuickJS runtime as objects. Two at a time: quickjs.c alone takes most of the while. */
export async function compileQuickjs(build: Build): Promise<string[]> {
  const [first, ...rest] = LIBRARY.map((name) => join(build.quickjsDir, `${name}.c`))
  if (first === undefined) return []
  const others = async () => {
    const objects: string[] = []
    for (const source of rest) objects.push(await compile(build, source))
    return objects
  }
  const [main, more] = await Promise.all([compile(build, first), others()])
  return [main, ...more]
}

/** Links a static, stripped program that runs on any Linux of the architecture. */
export async function link(build: Build, objects: string[], output: string): Promise<void> {
  const { compiler } = build
  const args = ['-static', '-s', '-Wl,--gc-sections', '-o', output, ...objects, '-lm', '-lpthread']
  await runOrThrow(compiler.program, [...compiler.args, ...args, ...compiler.linkArgs], {
    signal: build.signal,
    timeoutMs: 300_000,
  })
}
