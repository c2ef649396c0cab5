import type { FileStatus } from '../host'
import { EINVAL } from './errno'
import { HostCalls } from './host-calls'
import type { Node } from './tree'

const READ_BYTES = 64 * 1024
/** A character is one byte at least: no more of them than bytes are asked for. */
const clip = (text: string, limitBytes: number) =>
  text.length > limitBytes ? text.slice(0, limitBytes) : text

/** The part of Host that looks by path and changes nothing. */
export class ReadingCalls extends HostCalls {
  async readdir(path: string): Promise<string[]> {
    await this.enter('readdir', path)
    return this.folderAt('readdir', path, 4).names()
  }

  async readText(path: string, limitBytes = READ_BYTES): Promise<string> {
    await this.enter('readText', path)
    const text = this.textOf(path)
    if (typeof text === 'number') return this.fail('read', path, text)
    return clip(text, limitBytes)
  }

  async tryReadText(path: string, limitBytes = READ_BYTES): Promise<string | null> {
    await this.enter('tryReadText', path)
    const text = this.textOf(path)
    return typeof text === 'number' ? null : clip(text, limitBytes)
  }

  async tryReadlink(path: string): Promise<string | null> {
    await this.enter('tryReadlink', path)
    const node = this.machine.find(this.process, path, false)
    return typeof node !== 'number' && node.kind === 'symlink' ? node.target : null
  }

  async has(path: string): Promise<boolean> {
    await this.enter('has', path)
    return typeof this.machine.find(this.process, path, false) !== 'number'
  }

  async readMany(paths: string[]): Promise<(string | null)[]> {
    await this.enter('readMany', paths[0] ?? '')
    return paths.map((path) => {
      const text = this.textOf(path)
      return typeof text === 'number' ? null : text.trimEnd()
    })
  }

  async readlink(path: string): Promise<string> {
    await this.enter('readlink', path)
    const node = this.find('readlink', path, false)
    return node.kind === 'symlink' ? node.target : this.fail('readlink', path, EINVAL)
  }

  async lstat(path: string): Promise<FileStatus> {
    await this.enter('lstat', path)
    return statusOf(this.find('lstat', path, false))
  }

  async stat(path: string): Promise<FileStatus> {
    await this.enter('stat', path)
    return statusOf(this.find('stat', path))
  }

  async leadsTo(path: string, rdev: number): Promise<boolean> {
    await this.enter('leadsTo', path)
    const folder = this.folderAt('readdir', path, 4)
    return folder.names().some((name) => {
      const entry = folder.child(name)
      const node = entry?.kind === 'symlink' ? entry.to : entry
      return node?.kind === 'char' && node.rdev === rdev
    })
  }

  async sharedMaps(pid: string): Promise<string> {
    const path = `/proc/${pid}/maps`
    await this.enter('sharedMaps', path)
    const text = this.textOf(path)
    return typeof text === 'number' ? this.fail('read', path, text) : text.trimEnd()
  }
}

function statusOf(node: Node): FileStatus {
  const mode = node.kind === 'symlink' ? 0o777 : node.mode
  const uid = node.kind === 'symlink' ? 0 : node.uid
  return { kind: node.kind, mode, uid, rdev: node.kind === 'char' ? node.rdev : 0 }
}
