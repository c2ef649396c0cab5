import type { Handle } from '../host'
import { encodeUtf8 } from '../lib/utf8'
import { DiskFolder, Inode } from './disk'
import { EACCES, EBADF, EEXIST, EINVAL, EISDIR, ENOENT } from './errno'
import { ReadingCalls } from './reading-calls'
import { isAllowed, link } from './tree'

const JOURNAL_BYTES = 8 * 1024

/** The part of Host that opens, writes, names and locks files. */
export class FileCalls extends ReadingCalls {
  async writeOnce(path: string, value: string): Promise<number> {
    await this.enter('writeOnce', path)
    const block = /\/memory(\d+)\/state$/.exec(path)?.[1]
    if (block !== undefined && this.machine.memory.neverEnds(Number(block), value))
      return new Promise(() => {})
    const held = path.startsWith('/sys/') ? this.machine.holdInKernel?.(path, value) : undefined
    if (held === undefined) return this.writeNow(path, value)
    return this.process.surviving(
      this.process.uninterruptible(async () => {
        await held
        return this.process.isAlive ? this.writeNow(path, value) : EINVAL
      }),
    )
  }

  async mkdir(path: string, mode: number): Promise<void> {
    await this.enter('mkdir', path)
    const { folder, name } = this.parentOf('mkdir', path)
    if (folder.child(name) !== null) this.fail('mkdir', path, EEXIST)
    folder.set(name, new DiskFolder(mode, this.process.uid))
  }

  async rename(from: string, to: string): Promise<void> {
    await this.enter('rename', to)
    const source = this.parentOf('rename', from)
    const node = source.folder.child(source.name)
    if (node === null) return this.fail('rename', to, ENOENT)
    const target = this.parentOf('rename', to)
    const replaced = target.folder.child(target.name)
    if (replaced instanceof Inode && replaced !== node) replaced.release()
    target.folder.set(target.name, node)
    source.folder.delete(source.name)
  }

  async remove(path: string): Promise<void> {
    await this.enter('remove', path)
    const { folder, name } = this.parentOf('remove', path)
    const node = folder.child(name)
    if (node === null) return this.fail('remove', path, ENOENT)
    if (node instanceof DiskFolder) return this.fail('remove', path, EISDIR)
    if (node instanceof Inode) node.release()
    folder.delete(name)
  }

  async symlink(target: string, path: string): Promise<void> {
    await this.enter('symlink', path)
    const { folder, name } = this.parentOf('symlink', path)
    if (folder.child(name) !== null) this.fail('symlink', path, EEXIST)
    folder.set(name, link(target))
  }

  async putFile(path: string, mode: number, text: string | null): Promise<void> {
    await this.enter('putFile', path)
    const { folder, name } = this.parentOf('open', path)
    if (folder.child(name) !== null) this.fail('open', path, EEXIST)
    const bytes = text ?? this.textOf('/proc/self/exe')
    if (typeof bytes === 'number') return this.fail('open', '/proc/self/exe', bytes)
    const file = new Inode('', mode, this.process.uid, this.machine.space, false)
    this.check('write', path, file.append(bytes))
    file.fsync()
    folder.set(name, file)
  }

  async createExclusive(path: string): Promise<Handle> {
    await this.enter('createExclusive', path)
    const { folder, name } = this.parentOf('open', path)
    if (folder.child(name) !== null) this.fail('open', path, EEXIST)
    return this.process.open(path, this.create(folder, name))
  }

  async openAppend(path: string, create: boolean): Promise<Handle> {
    await this.enter('openAppend', path)
    return this.process.open(path, this.inodeAt(path, create))
  }

  async openRead(path: string): Promise<Handle> {
    await this.enter('openRead', path)
    const node = this.find('open', path)
    if (node.kind === 'symlink' || !isAllowed(node, this.process.uid, 4))
      return this.fail('open', path, EACCES)
    return this.process.open(path, node)
  }

  async readFrom(handle: Handle, offset: number): Promise<Uint8Array> {
    const { path, node } = this.at('read', handle)
    await this.enter('readFrom', path)
    if (node.kind !== 'file') return this.fail('read', path, EISDIR)
    if (node.bytes !== undefined) return node.bytes().subarray(offset, offset + JOURNAL_BYTES)
    const text = node.read()
    if (typeof text === 'number') return this.fail('read', path, text)
    // Plain text is a byte a character: then only what is asked for needs to be encoded.
    return /^[\0-\x7f]*$/.test(text)
      ? encodeUtf8(text.slice(offset, offset + JOURNAL_BYTES))
      : encodeUtf8(text).subarray(offset, offset + JOURNAL_BYTES)
  }

  async append(handle: Handle, text: string): Promise<void> {
    const { path, node } = this.at('write', handle)
    await this.enter('append', path)
    if (!(node instanceof Inode)) return this.fail('write', path, EBADF)
    this.check('write', path, node.append(text))
  }

  async allocate(handle: Handle, bytes: number): Promise<boolean> {
    const { path, node } = this.at('allocate', handle)
    await this.enter('allocate', path)
    if (!(node instanceof Inode)) return this.fail('allocate', path, EBADF)
    this.check('allocate', path, node.allocate(bytes))
    return true
  }

  async fsync(handle: Handle): Promise<void> {
    const { path, node } = this.at('fsync', handle)
    await this.enter('fsync', path)
    if (node instanceof Inode) node.fsync()
  }

  async fsyncDirectory(path: string): Promise<void> {
    await this.enter('fsyncDirectory', path)
    const node = this.folderAt('open', path, 4)
    if (node instanceof DiskFolder) node.fsync()
  }

  async close(handle: Handle): Promise<void> {
    await this.enter('close', this.process.descriptors.get(handle)?.path ?? '')
    this.process.close(handle)
  }

  async tryLock(path: string): Promise<Handle | null> {
    await this.enter('tryLock', path)
    const inode = this.inodeAt(path, true)
    if (inode.lock !== null) return null
    const handle = this.process.open(path, inode)
    const description = this.at('flock', handle)
    description.locked = inode
    inode.lock = description
    return handle
  }

  private writeNow(path: string, value: string): number {
    const node = this.machine.find(this.process, path)
    if (typeof node === 'number') return node
    if (node.kind !== 'file') return EISDIR
    if (!isAllowed(node, this.process.uid, 2) || node.write === undefined) return EACCES
    return node.write(value)
  }

  /** The folder to make a name in, which must be on a disk and writable. */
  private parentOf(call: string, path: string): { folder: DiskFolder; name: string } {
    const at = path.lastIndexOf('/')
    const folder = this.folderAt(call, path.slice(0, at) || '/', 1)
    const real =
      folder instanceof DiskFolder ? folder : path.lastIndexOf('/') === 0 ? this.machine.disk : null
    if (real === null || !isAllowed(folder, this.process.uid, 2)) return this.fail(call, path, EACCES)
    return { folder: real, name: path.slice(at + 1) }
  }

  private create(folder: DiskFolder, name: string): Inode {
    const inode = new Inode('', 0o600, this.process.uid, this.machine.space, false)
    folder.set(name, inode)
    return inode
  }

  private inodeAt(path: string, create: boolean): Inode {
    const node = this.machine.find(this.process, path)
    if (node === ENOENT && create) {
      const { folder, name } = this.parentOf('open', path)
      return this.create(folder, name)
    }
    if (typeof node === 'number') return this.fail('open', path, node)
    if (!(node instanceof Inode)) return this.fail('open', path, EISDIR)
    return isAllowed(node, this.process.uid, 2) ? node : this.fail('open', path, EACCES)
  }
}
