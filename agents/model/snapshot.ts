import { DiskFolder, Inode, type Space } from './disk'
import type { ModelMachine } from './machine'
import type { AutoOnline, DriverName } from './spec'

type SavedFolder = { mode: number; uid: number; entries: Record<string, SavedFolder | SavedFile> }
type SavedFile = { mode: number; uid: number; text: string }

/** A host between two programs that run on it: what its kernel holds and what lies on its disks. No process. */
export interface Snapshot {
  version: 1
  bootId: string
  boots: number
  bootedAtMs: number
  nextPid: number
  autoOnline: AutoOnline
  kmemLoaded: boolean
  ids: Record<DriverName, string[]>
  devices: { region: number; driver: DriverName | null; stranded: boolean }[]
  plugged: {
    device: number
    range: number
    first: number
    last: number
    node: number
    memmapOnMemory: boolean
    states: number[]
  }[]
  var: SavedFolder
  run: SavedFolder
}

function saveFolder(folder: DiskFolder): SavedFolder {
  const entries: SavedFolder['entries'] = {}
  for (const name of folder.names()) {
    const node = folder.child(name)
    if (node instanceof DiskFolder) entries[name] = saveFolder(node)
    else if (node instanceof Inode) entries[name] = { mode: node.mode, uid: node.uid, text: node.text }
  }
  return { mode: folder.mode, uid: folder.uid, entries }
}

/** What was saved is on the disk. */
function fillFolder(folder: DiskFolder, saved: SavedFolder, space: Space): void {
  for (const [name, entry] of Object.entries(saved.entries)) {
    if ('text' in entry) folder.set(name, new Inode(entry.text, entry.mode, entry.uid, space, true))
    else {
      const made = new DiskFolder(entry.mode, entry.uid)
      fillFolder(made, entry, space)
      folder.set(name, made)
    }
  }
  folder.fsync()
}

/** Only for a host on which nothing runs: what processes hold is not part of it. */
export function saveHost(machine: ModelMachine): Snapshot {
  const { bus, memory, disk } = machine
  const data = disk.child('var')
  return {
    version: 1,
    ...machine.bootRecord(),
    autoOnline: memory.autoOnline,
    kmemLoaded: bus.kmemLoaded,
    ids: { kmem: [...bus.ids.kmem], device_dax: [...bus.ids.device_dax] },
    devices: bus.devices.map(({ region, driver, stranded }) => ({ region, driver, stranded })),
    plugged: memory.plugged.map((range) => ({ ...range, states: Array.from(range.states) })),
    var: saveFolder(data instanceof DiskFolder ? data : new DiskFolder(0o755, 0)),
    run: saveFolder(machine.runFolder),
  }
}

/** Makes a host that was just switched on the one that was saved: the same boot goes on. Same spec as then. */
export function restoreHost(machine: ModelMachine, saved: Snapshot): void {
  machine.resumeBoot(saved)
  const { bus, memory, disk, space } = machine
  memory.autoOnline = saved.autoOnline
  memory.plugged.length = 0
  for (const { states, ...range } of saved.plugged) {
    memory.plugged.push({ ...range, states: Uint8Array.from(states) })
  }
  bus.kmemLoaded = saved.kmemLoaded
  for (const driver of ['kmem', 'device_dax'] as const) {
    bus.ids[driver].clear()
    for (const id of saved.ids[driver]) bus.ids[driver].add(id)
  }
  saved.devices.forEach(({ region, driver, stranded }, index) => {
    const device = bus.devices[index]
    if (device !== undefined) Object.assign(device, { region, name: `dax${region}.0`, driver, stranded })
  })
  const data = new DiskFolder(saved.var.mode, saved.var.uid)
  fillFolder(data, saved.var, space)
  disk.set('var', data)
  disk.fsync()
  fillFolder(machine.runFolder, saved.run, space)
}
