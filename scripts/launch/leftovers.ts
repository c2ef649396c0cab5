import fs from 'node:fs'
import path from 'node:path'
import { endLeftover } from './child'

/** Remembers which processes a supervisor started, so that the next one can see to it that they are gone. */
export class ChildrenList {
  private readonly pids = new Map<string, number>()
  private readonly file: string

  constructor(dataDir: string) {
    this.file = path.join(dataDir, 'run', 'children.json')
  }

  /** True when the supervisor before this one did not end by itself; its children are gone then. */
  async clear(): Promise<boolean> {
    let before: unknown
    try {
      before = JSON.parse(fs.readFileSync(this.file, 'utf8'))
    } catch {
      return false
    }
    const pids = Array.isArray(before) ? before.filter((pid) => Number.isInteger(pid)) : []
    await Promise.all(pids.map((pid: number) => endLeftover(pid)))
    fs.rmSync(this.file, { force: true })
    return true
  }

  set(name: string, pid: number): void {
    this.pids.set(name, pid)
    fs.mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 })
    // Written aside and moved into place: a supervisor killed right here must not leave half a list.
    const draft = `${this.file}.new`
    fs.writeFileSync(draft, JSON.stringify([...this.pids.values()]), { mode: 0o600 })
    fs.renameSync(draft, this.file)
  }

  /** Every child has ended. */
  forget(): void {
    fs.rmSync(this.file, { force: true })
  }
}
