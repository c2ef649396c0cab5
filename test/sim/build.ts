import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type { Variant } from './variants'

const root = fileURLToPath(new URL('../..', import.meta.url))
const here = path.join(root, 'test/sim')

/** What the code under test may load from outside: nothing that has a clock, a socket or a database. */
const allowed = /^(zod|canonicalize|node:(crypto|events|util|worker_threads))$/

const clock: Plugin = {
  name: 'the simulation’s clock',
  setup(on) {
    on.onResolve({ filter: /^node:timers\/promises$/ }, () => ({
      path: path.join(here, 'timers-promises.ts'),
    }))
    // The agent encodes by hand, for QuickJS has nothing else; here that took a tenth of the time.
    on.onResolve({ filter: /\/lib\/utf8$/ }, () => ({ path: path.join(here, 'utf8.ts') }))
    on.onResolve({ filter: /^node:perf_hooks$/ }, () => ({ path: path.join(here, 'time.ts') }))
  },
}

/** Breaks the source as the variant says; a place that is not there any more is an error, or the variant would be none. */
function breaking({ name, edits }: Variant): Plugin {
  return {
    name: `variant ${name}`,
    setup(on) {
      on.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
        const own = edits.filter((edit) => path.join(root, edit.file) === file)
        if (own.length === 0) return undefined
        let contents = await readFile(file, 'utf8')
        for (const { from, to } of own) {
          if (contents.split(from).length !== 2) throw new Error(`${file} does not hold once: ${from}`)
          contents = contents.replace(from, () => to)
        }
        return { contents, loader: 'ts' }
      })
    },
  }
}

/**
 * Bundles the simulation with the real machine, worker logic and agent; globals that tell or make time are the
 * simulation's own. With a `variant` the source is broken on the way. Writes the module to `outfile`.
 */
export async function buildSimulation(outfile: string, variant: Variant | null = null): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['test/sim/player.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    inject: ['test/sim/time.ts'],
    plugins: [clock, ...(variant === null ? [] : [breaking(variant)])],
    metafile: true,
    logLevel: 'warning',
  })
  for (const { imports } of Object.values(metafile.outputs)) {
    const foreign = imports.find((each) => each.external === true && !allowed.test(each.path))
    if (foreign !== undefined) throw new Error(`The simulation must not load ${foreign.path}.`)
  }
  if (Object.keys(metafile.inputs).some((file) => file.startsWith('prisma/')))
    throw new Error('The simulation must not load the database client.')
}
