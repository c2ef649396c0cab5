import type { Host } from '../host'
import type { Sample } from '../protocol'
import { DAX, listDaxDevices } from '../read/dax'
import { linkName, readOptional, toCount } from '../read/files'
import { readBootId } from '../read/identity'
import type { Reading } from '../read/inspect'
import { readBlocks, readMemory, readMemTotal, readNodeFigures, readPageSize, toRuns } from '../read/memory'

async function readDevices(host: Host): Promise<Sample['devices']> {
  const devices: Sample['devices'] = []
  for (const name of (await listDaxDevices(host)).sort()) {
    devices.push({
      name,
      driver: await linkName(host, `${DAX}/${name}/driver`),
      sizeBytes: (await readOptional(host, `${DAX}/${name}/size`)) ?? '0',
      targetNode: toCount(await readOptional(host, `${DAX}/${name}/target_node`)),
    })
  }
  return devices
}

/** Reads again when memory came or went meanwhile, so often at most. */
const TRIES = 3

/**
 * Memory, nodes, devices and blocks, from files that every account may read. MemTotal and the blocks are of one moment:
 * who adds up a device's blocks must not find them missing in the total.
 */
export async function readSample(host: Host): Promise<Sample> {
  for (let tries = 1; ; tries++) {
    const before = await readMemTotal(host)
    const blocks = await readBlocks(host)
    const sample: Sample = {
      bootId: await readBootId(host),
      uptimeMs: String(Math.floor(await host.uptimeMs())),
      nodes: await readNodeFigures(host),
      memory: (await readMemory(host, await readPageSize(host))).figures,
      devices: await readDevices(host),
      blockSizeBytes: String(blocks.sizeBytes),
      blocks: toRuns([...blocks.byId.values()]),
    }
    if (tries === TRIES || sample.memory.totalBytes === String(before)) return sample
  }
}

/** The same from what a preflight has read, which costs the nodes alone; of the blocks only those of dax devices. */
export async function sampleOfReading(host: Host, { inspection }: Reading): Promise<Sample> {
  const { memory, devices, blockSizeBytes, uptimeMs } = inspection
  return {
    bootId: inspection.host.bootId,
    uptimeMs: String(Math.floor(Number(uptimeMs))),
    nodes: await readNodeFigures(host),
    memory,
    devices: devices.map(({ name, driver, sizeBytes, targetNode }) => ({
      name,
      driver,
      sizeBytes,
      targetNode,
    })),
    blockSizeBytes,
    blocks: devices.flatMap(({ blocks }) => blocks).sort((a, b) => a.first - b.first),
  }
}

/** What changes whenever a device changes hands or a block comes or goes: a few reads, instead of all blocks. */
export async function readSignature(host: Host): Promise<string> {
  const drivers = (await readDevices(host)).map(({ name, driver }) => `${name}=${driver ?? ''}`)
  return [String(await readMemTotal(host)), ...drivers].join(' ')
}
