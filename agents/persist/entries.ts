import { type Host, HostError } from '../host'
import { canonicalJson } from '../lib/canonical'
import {
  type DaxDevice,
  type DeviceInvariants,
  type HostIdentity,
  type PersistedDevice,
  ZONES,
  type Zone,
} from '../protocol'
import { list, toBigInt } from '../read/files'
import { ownedFault } from '../read/root-own'
import { entryPath, isEntry, PERSIST } from './places'

const MOST_BYTES = 64 * 1024

/** What one file says: which device of which machine, as it was when somebody approved that it comes back. */
export interface Entry {
  version: 1
  deviceId: string
  deviceKind: string
  sizeBytes: string
  blockSizeBytes: string
  zone: Zone
  machineId: string
  dmiUuid: string
}

/** The file as it lies there: read as one of ours, or why nothing is done for it. */
export interface EntryFile {
  path: string
  entry: Entry | null
  fault: string | null
}

/** The text of a device's file: canonical, so that the same wish is the same bytes. */
export function entryText(
  { machineId, dmiUuid, deviceId, deviceKind, blockSizeBytes }: DeviceInvariants,
  sizeBytes: string,
  zone: Zone,
): string {
  const entry: Entry = {
    version: 1,
    deviceId,
    deviceKind,
    sizeBytes,
    blockSizeBytes,
    zone,
    machineId,
    dmiUuid,
  }
  return `${canonicalJson(entry)}\n`
}

function parseEntry(text: string): Entry | null {
  // Written whole: a text without its end was torn, whatever it still says.
  if (!text.endsWith('}\n')) return null
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return null
    const fields = value as Record<string, unknown>
    const { version, deviceId, deviceKind, sizeBytes, blockSizeBytes, machineId, dmiUuid } = fields
    const zone = ZONES.find((known) => known === fields.zone)
    const isWhole =
      version === 1 &&
      zone !== undefined &&
      [deviceId, deviceKind, sizeBytes, blockSizeBytes, machineId, dmiUuid].every(
        (each) => typeof each === 'string',
      ) &&
      toBigInt(sizeBytes as string) !== null
    return isWhole ? (value as Entry) : null
  } catch {
    return null
  }
}

async function readEntry(host: Host, path: string): Promise<EntryFile> {
  try {
    const unsafe = await ownedFault(host, path)
    if (unsafe !== null) return { path, entry: null, fault: unsafe }
    const entry = parseEntry(await host.readText(path, MOST_BYTES))
    if (entry === null) return { path, entry, fault: `${path} is torn, or none of Daxfleet's files` }
    if (entryPath(await host.sha256(entry.deviceId)) !== path)
      return { path, entry: null, fault: `${path} is named for another device than it tells of` }
    return { path, entry, fault: null }
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    return { path, entry: null, fault: `${path} cannot be read (${error.errnoName})` }
  }
}

/** Every device that is to come back, in the order of the files' names; what a death left half-written is none. */
export async function readEntries(host: Host): Promise<EntryFile[]> {
  if (!(await host.has(PERSIST))) return []
  const files: EntryFile[] = []
  for (const name of await list(host, PERSIST))
    if (name.endsWith('.json')) files.push(await readEntry(host, `${PERSIST}/${name}`))
  return files
}

/** Names of files in persist.d, those that are none of ours as well: while one is there, the unit stays. */
export async function otherEntries(host: Host, own: string): Promise<string[]> {
  return (await list(host, PERSIST))
    .map((name) => `${PERSIST}/${name}`)
    .filter((path) => isEntry(path) && path !== own)
}

/** Why nothing of it may be done to this device on this machine; null when all that was approved is still so. */
export function mismatch(
  entry: Entry,
  here: Pick<HostIdentity, 'machineId' | 'dmiUuid'>,
  device: Pick<DaxDevice, 'name' | 'sizeBytes'>,
  blockSizeBytes: string,
): string | null {
  const otherMachine = machineMismatch(entry, here)
  if (otherMachine !== null) return otherMachine
  if (device.sizeBytes !== entry.sizeBytes)
    return `${device.name} has ${device.sizeBytes} bytes now and had ${entry.sizeBytes} when this was approved.`
  if (blockSizeBytes !== entry.blockSizeBytes)
    return `Memory blocks of this host have ${blockSizeBytes} bytes now and had ${entry.blockSizeBytes} when this was approved.`
  return null
}

/** A disk that was copied or moved brings its files along: they are about another machine. */
export function machineMismatch(
  entry: Entry,
  here: Pick<HostIdentity, 'machineId' | 'dmiUuid'>,
): string | null {
  if (entry.machineId === here.machineId && entry.dmiUuid === here.dmiUuid) return null
  return `The file was made for machine ${entry.machineId}, this is ${here.machineId}.`
}

export const toldOf = ({ path, entry, fault }: EntryFile): PersistedDevice => ({
  path,
  deviceId: entry?.deviceId ?? null,
  sizeBytes: entry?.sizeBytes ?? null,
  zone: entry?.zone ?? null,
  fault,
})
