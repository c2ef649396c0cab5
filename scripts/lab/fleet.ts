import { availableParallelism } from 'node:os'
import type { Guest } from './guest'
import type { Lab } from './lab'
import type { GuestSpec } from './spec'

/** A fleet to look at: small guests, and a production one second, since 2 GiB blocks are what real servers have. */
export function standingFleet(count: number): GuestSpec[] {
  return Array.from({ length: count }, (_, index): GuestSpec => {
    const letter = String.fromCharCode(97 + (index % 26)) + (index < 26 ? '' : String(Math.floor(index / 26)))
    if (index === 1) return { name: 'production-b', kind: 'production' }
    if (index % 3 === 2) {
      return {
        name: `small-${letter}`,
        nvdimms: [
          { sizeMib: 512, namespace: 'devdax' },
          { sizeMib: 512, namespace: 'raw' },
        ],
      }
    }
    return { name: `small-${letter}`, nvdimms: [{ sizeMib: 1024, namespace: 'devdax' }] }
  })
}

/** CXL as fleets have it: a region of one memory device, another interleaved over two, and soft-reserved memory. */
export const cxlGuest: GuestSpec = {
  name: 'cxl-a',
  cxl: {
    memdevs: [
      { sizeMib: 1024, serial: '0x12345678' },
      { sizeMib: 512, serial: '0xa1', bridge: 1 },
      { sizeMib: 512, serial: '0xb2', bridge: 1 },
    ],
    windows: [0, 1],
    regions: [
      { window: 0, serials: ['0x12345678'] },
      { window: 1, serials: ['0xa1', '0xb2'] },
    ],
  },
  softReservedMib: [512],
}

/**
 * Starts guests, as many at once as there are processors (more would only slow each other down). One that fails is
 * reported by `onFailed` and does not stop the others; resolves with those that run.
 */
export async function startFleet(
  lab: Lab,
  specs: readonly GuestSpec[],
  report: { onReady?: (guest: Guest) => void; onFailed: (spec: GuestSpec, error: unknown) => void },
): Promise<Guest[]> {
  const waiting = [...specs]
  const running: Guest[] = []
  const worker = async () => {
    for (let spec = waiting.shift(); spec !== undefined; spec = waiting.shift()) {
      try {
        const guest = await lab.start(spec)
        running.push(guest)
        report.onReady?.(guest)
      } catch (error) {
        report.onFailed(spec, error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, availableParallelism()) }, worker))
  const order = new Map(specs.map((spec, index) => [spec.name, index]))
  return running.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0))
}
