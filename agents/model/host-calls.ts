import { type Handle, HostError } from '../host'
import { errnoName } from '../lib/errno'
import type { Description } from './disk'
import { EACCES, EISDIR, ENOTDIR } from './errno'
import type { ModelMachine } from './machine'
import type { ModelProcess } from './process'
import { type FolderNode, isAllowed, type Node } from './tree'

/** What every call of a process to its host has in common. */
export class HostCalls {
  constructor(
    protected readonly machine: ModelMachine,
    protected readonly process: ModelProcess,
  ) {}

  /** Before every call: the hook, and an end for processes that are no more. */
  protected async enter(call: string, path: string): Promise<void> {
    const { hook } = this.machine
    const { pid, name, isAlive } = this.process
    if (isAlive && hook !== null) {
      const held = hook({ pid, process: name, call, path })
      if (held !== undefined) await held
    }
    if (!this.process.isAlive) await new Promise(() => {})
  }

  protected fail(call: string, path: string, errno: number): never {
    throw new HostError(call, path, errno, errnoName(errno))
  }

  protected check(call: string, path: string, errno: number): void {
    if (errno !== 0) this.fail(call, path, errno)
  }

  protected find(call: string, path: string, follow = true): Node {
    const node = this.machine.find(this.process, path, follow)
    return typeof node === 'number' ? this.fail(call, path, node) : node
  }

  protected textOf(path: string): string | number {
    const node = this.machine.find(this.process, path)
    if (typeof node === 'number') return node
    if (node.kind !== 'file') return EISDIR
    return isAllowed(node, this.process.uid, 4) ? node.read() : EACCES
  }

  protected folderAt(call: string, path: string, bit: number): FolderNode {
    const node = this.find(call, path)
    if (node.kind !== 'directory') return this.fail(call, path, ENOTDIR)
    return isAllowed(node, this.process.uid, bit) ? node : this.fail(call, path, EACCES)
  }

  protected at(call: string, handle: Handle): Description {
    const description = this.process.at(handle)
    return typeof description === 'number'
      ? this.fail(call, `descriptor ${handle}`, description)
      : description
  }
}
