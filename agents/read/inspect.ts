import { readToken } from '../convert/token'
import type { Host } from '../host'
import { refuseDevice } from '../plan/device-refusals'
import type { Inspection, OtherNamespace } from '../protocol'
import { type AutoOnline, readAutoOnline } from './auto-online'
import { type DaxReading, readDaxDevices, readDaxModel } from './dax'
import { readEras } from './eras'
import { readHazards } from './hazards'
import { readToolHealth } from './health-tools'
import { readHooks } from './hooks'
import { isPrivileged, readIdentity, readMachine } from './identity'
import { readKmem } from './kmem'
import { readLeftMemory } from './left-memory'
import {
  blocksOnDemand,
  fromBlocks,
  type MemoryReading,
  readBlocks,
  readMemory,
  readNodes,
  readPageSize,
} from './memory'
import { readOtherNamespaces } from './namespaces'
import { readPersistence, readPersistenceWhole } from './persistence'
import { readTiering } from './tiering'
import { zoneHazards } from './zones'

/** The inspection, and what the agent itself needs beyond it. */
export interface Reading {
  inspection: Inspection
  dax: DaxReading[]
  autoOnline: AutoOnline
  memory: MemoryReading
}

/** What only people want to know, and no verdict hangs on: half of all there is to read. */
const UNTOLD = { hostname: '', architecture: '', virtualization: '', osName: '' }

/**
 * Reads what a plan and its verdict hang on, and nothing else: the preflight's reading, which nobody is shown. Nodes,
 * hazards and other namespaces stay empty, the health that only tools tell is left out, and of the memory blocks only those of dax devices are read.
 */
export async function readForVerdict(host: Host): Promise<Reading> {
  const privileged = await isPrivileged(host)
  const machine = await readMachine(host)
  const pageBytes = await readPageSize(host)
  const memory = await readMemory(host, pageBytes)
  const autoOnline = await readAutoOnline(host)
  const blocks = await blocksOnDemand(host)
  const dax = await readDaxDevices(host, blocks, pageBytes)
  const inspection: Inspection = {
    host: { ...machine, ...UNTOLD },
    privileged,
    fence: null,
    blockSizeBytes: String(blocks.sizeBytes),
    memory: memory.figures,
    autoOnline: autoOnline.report,
    kmem: await readKmem(host, machine.kernelRelease),
    daxModel: await readDaxModel(host),
    features: await readEras(host),
    tiering: { tiers: [], demotionEnabled: null, numaBalancing: null },
    uptimeMs: String(await host.uptimeMs()),
    nodes: [],
    devices: dax.map(({ device }) => device),
    namespaces: [],
    hazards: [],
    hooks: await readHooks(host),
    ...(privileged ? { persistence: await readPersistence(host) } : {}),
  }
  const reading = { inspection, dax, autoOnline, memory }
  for (const { device } of dax) device.refusals = refuseDevice(reading, device, 0n)
  return reading
}

/** Namespaces that are no dax device: why a device is none that was one. */
export function otherNamespaces(host: Host, dax: readonly DaxReading[]): Promise<OtherNamespace[]> {
  return readOtherNamespaces(host, new Set(dax.flatMap(({ namespace }) => namespace ?? [])))
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
  const dax = await readDaxDevices(host, fromBlocks(blocks), pageBytes)
  await readToolHealth(host, dax, privileged)
  const devices = dax.map(({ device }) => device)
  const hazards = [
    ...(await readHazards(host, autoOnline.report)),
    ...zoneHazards(memory.figures, devices),
    ...(privileged ? await readLeftMemory(host, devices) : []),
  ]
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
    features: await readEras(host),
    tiering: await readTiering(host),
    uptimeMs: String(await host.uptimeMs()),
    nodes: await readNodes(host, blocks),
    devices: dax.map(({ device }) => device),
    namespaces: await otherNamespaces(host, dax),
    hazards,
    hooks: await readHooks(host),
    ...(privileged ? { persistence: await readPersistenceWhole(host) } : {}),
  }
  const reading = { inspection, dax, autoOnline, memory }
  for (const { device } of dax) device.refusals = refuseDevice(reading, device, reservedBytes)
  return reading
}
