import type { NvdimmSpec } from './spec'
import type { RunOptions, RunResult } from './ssh'

type Run = (argv: readonly string[], options?: RunOptions) => Promise<RunResult>

/**
 * Creates each NVDIMM's namespace, once in a guest's life. Regions do not follow the order of the DIMMs, so a
 * DIMM's region is found by the handle the firmware gave it (QEMU: slot + 1).
 */
export async function createNamespaces(run: Run, nvdimms: readonly NvdimmSpec[]): Promise<void> {
  for (const [index, { namespace }] of nvdimms.entries()) {
    if (namespace === 'none') continue
    const region = await regionOfSlot(run, index)
    const argv = ['ndctl', 'create-namespace', '-f', '-m', namespace, '-e', `namespace${region}.0`]
    const created = await run(argv, { timeoutMs: 120_000 })
    if (created.status !== 0) {
      throw new Error(`${argv.join(' ')} failed with status ${created.status}: ${created.stderr.trim()}`)
    }
  }
}

const regionScript = `
for region in /sys/bus/nd/devices/region*; do
  mapping=$(cat "$region/mapping0") || continue
  handle=$(cat "/sys/bus/nd/devices/\${mapping%%,*}/nfit/handle")
  [ "$((handle))" = "$1" ] && echo "\${region##*region}" && exit 0
done
exit 1`

async function regionOfSlot(run: Run, slot: number): Promise<number> {
  const found = await run(['sh', '-c', regionScript, 'sh', String(slot + 1)])
  const region = Number.parseInt(found.stdout, 10)
  if (found.status !== 0 || Number.isNaN(region)) {
    throw new Error(`The guest shows no region for NVDIMM ${slot}: ${found.stderr.trim()}`)
  }
  return region
}
