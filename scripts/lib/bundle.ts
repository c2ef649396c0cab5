import type { BuildOptions } from 'esbuild'

let inFlight = 0

/**
 * Bundles with esbuild, whose service process ends with the last bundle in flight: it is one for the whole process, and what
 * is still being bundled when it is stopped would never come to its end.
 */
export async function bundle(options: BuildOptions): Promise<void> {
  // Loaded only when there is something to bundle: a start that builds nothing is to be quick.
  const esbuild = await import('esbuild')
  inFlight += 1
  try {
    await esbuild.build(options)
  } finally {
    inFlight -= 1
    if (inFlight === 0) await esbuild.stop()
  }
}
