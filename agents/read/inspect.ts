import { readToken } from '../convert/token'
import type { Host } from '../host'
import { refuseDevice } from '../plan/device-refusals'
import type { Inspection } from '../protocol'
import { type AutoOnline, readAutoOnline } from './auto-online'
import { type DaxReading, readDaxDevices, readDaxModel } from './dax'
import { readHazards } from './hazards'
import { isPrivileged, readIdentity } from './identity'
import { readKmem } from './kmem'
import { type MemoryReading, readBlocks, readMemory, readNodes, readPageSize } from './memory'
import { readOtherNamespaces } from './namespaces'

/** The inspection, and what the agent itself needs beyond it. */
export interface Reading {
  inspection: Inspection
  dax: DaxReading[]
  autoOnline: AutoOnline
  memory: MemoryReading
}

/**
 * Reads the whole host once; writes nothing. Without root it tells what is world-readable and says so.
 * `reservedBytes` of memory are promised to page structures of other devices already.
 */
export async function readHost(host: Host, reservedBytes = 0n): Promise<Reading> {
  const privileged = await isPrivileged(host)
  const identity = await readIdentity(host)
  const pageBytes = await readPageSize(host)
  const blocks = await readBlocks(host)
  const memory = await readMemory(host, pageBytes)
  const autoOnline = await readAutoOnline(host)
  const dax = await readDaxDevices(host, blocks, pageBytes)
  const devdax = new Set(dax.flatMap(({ namespace }) => namespace ?? []))
  const hazards = await readHazards(host, autoOnline.report)
  if (!privileged) {
    hazards.push({
      code: 'unreadable_users',
      message: 'Read without root: addresses, predictions and users of devices are not readable.',
    })
  }
  const inspection: Inspection = {
    host: identity,
    privileged,
    fence: await readToken(host),
    blockSizeBytes: String(blocks.sizeBytes),
    memory: memory.figures,
    autoOnline: autoOnline.report,
    kmem: await readKmem(host, identity.kernelRelease),
    daxModel: await readDaxModel(host),
    uptimeMs: String(await host.uptimeMs()),
    nodes: await readNodes(host, blocks),
    devices: dax.map(({ device }) => device),
    namespaces: await readOtherNamespaces(host, devdax),
    hazards,
  }
  const reading = { inspection, dax, autoOnline, memory }
  for (const { device } of dax) device.refusals = refuseDevice(reading, device, reservedBytes)
  return reading
}
