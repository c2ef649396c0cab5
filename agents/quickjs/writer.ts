import * as os from 'os'
import * as shim from 'shim'
import { type Host, HostError } from '../host'
import { errnoName } from '../lib/errno'
import { decodeUtf8 } from '../lib/utf8'
import { writeOnce } from './write-once'

/*
 * The child that does one write at a time, for as long as its original lives: making it anew for each would cost as
 * much as the write. It acts on nothing but an order, and an order is sent when its intent is on the disk; the end of
 * the orders is the end of its original, and it ends as well. At once, even in the kernel where that heeds signals: nobody
 * else would interrupt a block that never goes offline, and the child holds the host's lock.
 */

const ORDER_BYTES = 4096
const SIGKILL = 9
/** How often it is asked whether a write is to be given up. */
const LOOK_EVERY_MS = 100

interface Writer {
  pid: number
  orders: number
  answers: number
}

let current: Writer | null = null

/** A pipe of a child that is not to have it: its end tells of this process's death, so nobody else may hold it. */
export function forgetWriter(): void {
  if (current === null) return
  os.close(current.orders)
  os.close(current.answers)
  current = null
}

function serve(orders: number, answers: number): never {
  try {
    const buffer = new ArrayBuffer(ORDER_BYTES)
    for (;;) {
      // Smaller than a pipe takes at once: an order comes whole or not at all.
      const n = os.read(orders, buffer, 0, ORDER_BYTES)
      if (n <= 0) break
      const [path = '', value = ''] = decodeUtf8(new Uint8Array(buffer, 0, n)).split('\n')
      if (shim.writeText(answers, `${writeOnce(path, value)}\n`) < 0) break
    }
  } finally {
    shim.exitNow(0)
  }
}

function make(name: string): Writer {
  const orders = os.pipe()
  const answers = os.pipe()
  if (orders === null || answers === null) throw new HostError('pipe', name, 24, errnoName(24))
  const pid = shim.fork(name, true)
  if (pid < 0) throw new HostError('fork', name, -pid, errnoName(-pid))
  if (pid === 0) {
    os.close(orders[1])
    os.close(answers[0])
    serve(orders[0], answers[1])
  }
  os.close(orders[0])
  os.close(answers[1])
  return { pid, orders: orders[1], answers: answers[0] }
}

/** The one there is, if it still lives. */
function alive(name: string): Writer {
  if (current !== null && os.waitpid(current.pid, os.WNOHANG)[0] !== 0) forgetWriter()
  current ??= make(name)
  return current
}

/** The errno of one write; null when the child was killed at it. */
export async function writeByChild(
  name: string,
  path: string,
  value: string,
  ready: () => Promise<void>,
  { slowAfterMs, onSlow, isDue }: Parameters<Host['writeApart']>[2],
): Promise<number | null> {
  alive(name)
  await ready()
  const order = `${path}\n${value}`
  // One that died while it had nothing to do has written nothing: another does it.
  let writer = alive(name)
  if (shim.writeText(writer.orders, order) < 0) {
    forgetWriter()
    writer = alive(name)
    if (shim.writeText(writer.orders, order) < 0) return null
  }
  const { answers } = writer
  return new Promise((resolve, reject) => {
    const timer = os.setTimeout(() => void onSlow().catch(reject), slowAfterMs)
    let isOver = false
    const look = async () => {
      if (isDue === undefined || isOver) return
      if (!(await isDue())) os.setTimeout(() => void look().catch(reject), LOOK_EVERY_MS)
      else if (!isOver) os.kill(writer.pid, SIGKILL)
    }
    if (isDue !== undefined) os.setTimeout(() => void look().catch(reject), LOOK_EVERY_MS)
    const buffer = new ArrayBuffer(64)
    os.setReadHandler(answers, () => {
      const n = os.read(answers, buffer, 0, 64)
      if (n === -11 || n === -4) return
      os.setReadHandler(answers, null)
      os.clearTimeout(timer)
      isOver = true
      if (n > 0) return resolve(Number(decodeUtf8(new Uint8Array(buffer, 0, n))))
      os.waitpid(writer.pid, 0)
      forgetWriter()
      resolve(null)
    })
  })
}
