import type { Host } from '../host'
import type { Sample } from '../protocol'
import { DAX } from '../read/dax'
import { linkName, list, readOptional, toCount } from '../read/files'
import { readBootId } from '../read/identity'
import { readBlocks, readMemory, readMemTotal, readNodes, readPageSize, toRuns } from '../read/memory'

async function readDevices(host: Host): Promise<Sample['devices']> {
  const devices: Sample['devices'] = []
  for (const name of (await list(host, DAX)).sort()) {
    devices.push({
      name,
      driver: await linkName(host, `${DAX}/${name}/driver`),
      sizeBytes: (await readOptional(host, `${DAX}/${name}/size`)) ?? '0',
      targetNode: toCount(await readOptional(host, `${DAX}/${name}/target_node`)),
    })
  }
  return devices
}

/** Memory, nodes, devices and blocks, from files that every account may read. */
export async function readSample(host: Host): Promise<Sample> {
  const blocks = await readBlocks(host)
  return {
    bootId: await readBootId(host),
    uptimeMs: String(Math.floor(await host.uptimeMs())),
    memory: (await readMemory(host, await readPageSize(host))).figures,
    nodes: (await readNodes(host, blocks)).map(({ id, memTotalBytes, memFreeBytes }) => ({
      id,
      memTotalBytes,
      memFreeBytes,
    })),
    devices: await readDevices(host),
    blockSizeBytes: String(blocks.sizeBytes),
    blocks: toRuns([...blocks.byId.values()]),
  }
}

/** What changes whenever a device changes hands or a block comes or goes: a few reads, instead of all blocks. */
export async function readSignature(host: Host): Promise<string> {
  const drivers = (await readDevices(host)).map(({ name, driver }) => `${name}=${driver ?? ''}`)
  return [String(await readMemTotal(host)), ...drivers].join(' ')
}
