import { DiskFolder, Inode } from '@/agents/model/disk'
import type { ModelMachine } from '@/agents/model/machine'

const partsOf = (path: string) => path.split('/').filter((part) => part !== '')

/** A file on the disk of a modelled host; null where there is none. */
export function modelFile(machine: ModelMachine, path: string): Inode | null {
  let here: unknown = machine.disk
  for (const part of partsOf(path)) here = here instanceof DiskFolder ? here.child(part) : null
  return here instanceof Inode ? here : null
}

/** Puts a file there as root would have, with the folders above it. */
export function putModelFile(machine: ModelMachine, path: string, text: string): void {
  let here = machine.disk
  const parts = partsOf(path)
  const name = parts.pop() ?? ''
  for (const part of parts) {
    const next = here.child(part)
    const folder = next instanceof DiskFolder ? next : new DiskFolder(0o755, 0)
    if (next !== folder) here.set(part, folder)
    here = folder
  }
  here.set(name, new Inode(text, 0o644, 0, machine.space, true))
}
