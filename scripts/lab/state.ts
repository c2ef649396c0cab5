import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runOrThrow } from '../lib/child'
import { findCommand } from '../lib/debian'
import { regionLines } from './cxl'
import { createHostKey, type HostKey } from './keys'
import { type CxlSpec, labelSizeMib, type NvdimmSpec, noCxl, type ResolvedSpec } from './spec'

/** What the lab remembers about a guest besides its disks. */
export interface GuestRecord {
  /** DMI product uuid. */
  uuid: string
  machineId: string
  hostKey: { publicKey: string; fingerprint: string }
  nvdimms: readonly NvdimmSpec[]
  /** Guests of an earlier lab have none. */
  cxl?: CxlSpec
  /** Port on 127.0.0.1 of the last start; taken again if it is free. */
  port?: number
  /** True once the namespaces stand; they are created once, so that their uuids stay. */
  namespacesCreated: boolean
}

export interface GuestFiles {
  folder: string
  disk: string
  console: string
  /** QEMU's monitor, where the spec asks for it. */
  monitor: string
  nvdimm: (index: number) => string
}

const diskMib = 256

/** Where a guest's files lie. */
export function guestFiles(folder: string): GuestFiles {
  return {
    folder,
    disk: join(folder, 'state.img'),
    console: join(folder, 'console.log'),
    monitor: join(folder, 'qmp.sock'),
    nvdimm: (index) => join(folder, `nvdimm${index}.img`),
  }
}

/** Reads what is known of a guest, or makes a new one: identity, state disk, empty NVDIMMs. */
export async function openGuestState(
  files: GuestFiles,
  spec: ResolvedSpec,
  authorizedKey: string,
  signal?: AbortSignal,
): Promise<GuestRecord> {
  const known = await readRecord(files)
  if (known !== undefined) {
    const [was, is] = [
      [known.nvdimms, known.cxl ?? noCxl],
      [spec.nvdimms, spec.cxl],
    ].map((each) => JSON.stringify(each))
    if (was !== is) {
      throw new Error(
        `Guest ${spec.name} was made with other memory devices (${files.folder}). Take another name, or remove that folder.`,
      )
    }
    return known
  }
  await mkdir(files.folder, { recursive: true })
  const hostKey = createHostKey()
  const machineId = randomBytes(16).toString('hex')
  await makeStateDisk(files.disk, { spec, machineId, authorizedKey, hostKey }, signal)
  for (const [index, { sizeMib }] of spec.nvdimms.entries()) {
    await makeSparse(files.nvdimm(index), sizeMib + labelSizeMib)
  }
  const record: GuestRecord = {
    uuid: randomUUID(),
    machineId,
    hostKey: { publicKey: hostKey.publicKey, fingerprint: hostKey.fingerprint },
    nvdimms: spec.nvdimms,
    cxl: spec.cxl,
    namespacesCreated: false,
  }
  await writeRecord(files, record)
  return record
}

/** Replaces the record; a reader sees the old one or the new one, never half of one. */
export async function writeRecord(files: GuestFiles, record: GuestRecord): Promise<void> {
  const path = join(files.folder, 'guest.json')
  const temporary = `${path}.${randomUUID()}`
  await writeFile(temporary, `${JSON.stringify(record, null, 2)}\n`)
  await rename(temporary, path)
}

async function readRecord(files: GuestFiles): Promise<GuestRecord | undefined> {
  try {
    return JSON.parse(await readFile(join(files.folder, 'guest.json'), 'utf8')) as GuestRecord
  } catch (error) {
    // Written last, so without it the folder holds at most the remains of an interrupted start.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(
      `${files.folder}/guest.json cannot be read (${String(error)}). Remove the folder to start anew.`,
    )
  }
}

interface DiskContent {
  spec: ResolvedSpec
  machineId: string
  authorizedKey: string
  hostKey: HostKey
}

/** An ext4 image with the guest's identity in it; mke2fs fills it from a folder, so no root and no loop mount. */
async function makeStateDisk(path: string, content: DiskContent, signal?: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'daxfleet-disk-'))
  try {
    const lab = join(folder, 'lab')
    await mkdir(lab)
    await writeFile(join(lab, 'machine-id'), `${content.machineId}\n`)
    await writeFile(join(lab, 'hostname'), `${content.spec.name}\n`)
    await writeFile(join(lab, 'cxl-regions'), regionLines(content.spec.cxl))
    await writeFile(join(lab, 'authorized_keys'), `${content.authorizedKey}\n`)
    await writeFile(join(lab, 'dropbear_ed25519_host_key'), content.hostKey.dropbear, { mode: 0o600 })
    await writeFile(join(lab, 'ssh_host_ed25519_key'), content.hostKey.openssh, { mode: 0o600 })
    await rm(path, { force: true })
    await makeSparse(path, diskMib)
    const mke2fs = (await findCommand('mke2fs')) ?? 'mke2fs'
    const args = ['-q', '-F', '-t', 'ext4', '-m', '0', '-E', 'root_owner=0:0', '-d', folder, path]
    await runOrThrow(mke2fs, args, { timeoutMs: 60_000, signal })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeSparse(path: string, sizeMib: number): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.truncate(sizeMib * 1024 * 1024)
  } finally {
    await file.close()
  }
}
