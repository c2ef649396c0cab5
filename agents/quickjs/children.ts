import * as os from 'os'
import * as shim from 'shim'
import { type Host, HostError } from '../host'
import { errnoName } from '../lib/errno'
import { gather } from './programs'
import { writeOnce } from './write-once'
import { forgetWriter, writeByChild } from './writer'

/*
 * Copies of this process, where a program started anew would first spend ten times the time of its work on becoming
 * one. A copy has every descriptor of its original, the lock among them. It must never go on with what its original
 * was about to do: it either ends inside the call that made it, or leaves the original's promise for ever unanswered.
 */

function forked(name: string): number {
  const pid = shim.fork(name)
  if (pid < 0) throw new HostError('fork', name, -pid, errnoName(-pid))
  return pid
}

/** What the child does: writes, and between them a look for the file that asks it to stop. Nothing of it waits. */
function writeEach(paths: Iterable<string>, value: string, stopFile: string | null): string {
  const failures: [index: number, errno: number][] = []
  let stopped = false
  let index = 0
  for (const path of paths) {
    stopped = stopFile !== null && os.lstat(stopFile)[0] !== null
    if (stopped) break
    const errno = writeOnce(path, value)
    if (errno !== 0) failures.push([index, errno])
    index++
  }
  return JSON.stringify({ failures, stopped })
}

export const writeApart: Host['writeApart'] = async (writes, ready, slow) => {
  const { name, value, stopFile } = writes
  const paths = stopFile === null ? [...writes.paths] : writes.paths
  const [path, ...more] = stopFile === null ? paths : []
  if (path !== undefined && more.length === 0) {
    const errno = await writeByChild(name, path, value, ready, slow)
    return errno === null ? null : { failures: errno === 0 ? [] : [[0, errno]], stopped: false }
  }
  const report = os.pipe()
  const gate = os.pipe()
  if (report === null || gate === null) throw new HostError('pipe', name, 24, errnoName(24))
  const [readEnd, writeEnd] = report
  const [gateRead, gateWrite] = gate
  const pid = forked(name)
  if (pid === 0) {
    try {
      forgetWriter()
      // The end of the gate instead of a word: the original has died, and with it what it was about to put on the disk.
      os.close(gateWrite)
      if (os.read(gateRead, new ArrayBuffer(1), 0, 1) !== 1) shim.exitNow(1)
      shim.exitNow(shim.writeText(writeEnd, writeEach(paths, value, stopFile)) < 0 ? 1 : 0)
    } finally {
      shim.exitNow(1)
    }
  }
  os.close(writeEnd)
  os.close(gateRead)
  try {
    await ready()
    shim.writeText(gateWrite, '!')
  } finally {
    os.close(gateWrite)
  }
  const { status, stdout } = await gather(pid, readEnd, slow)
  return status === 0 ? JSON.parse(stdout) : null
}

export const fork: Host['fork'] = async (name, work, host, stdin) => {
  const pid = forked(name)
  if (pid !== 0) return pid
  forgetWriter()
  os.dup2(stdin, 0)
  for (const fd of os.readdir('/proc/self/fd')[0]) if (Number(fd) > 2) os.close(Number(fd))
  const none = os.open('/dev/null', os.O_RDWR)
  for (const fd of [1, 2]) os.dup2(none, fd)
  if (none > 2) os.close(none)
  work(host).then(shim.exitNow, () => shim.exitNow(1))
  // Whoever awaits this is the original's affair.
  return new Promise(() => {})
}
