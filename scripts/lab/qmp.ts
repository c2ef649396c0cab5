import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'

const DEADLINE_MS = 30_000

interface Answer {
  QMP?: unknown
  return?: unknown
  error?: { desc?: unknown }
}

/** One command of QEMU's monitor protocol, over the socket of a guest; what it returns. Throws with QEMU's own words. */
export function qmp(socket: string, execute: string, args: Record<string, unknown> = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(socket)
    const end = (settle: () => void) => {
      connection.destroy()
      settle()
    }
    connection.setTimeout(DEADLINE_MS, () => end(() => reject(new Error(`QEMU did not answer ${execute}`))))
    connection.on('error', reject)
    const say = (line: object) => connection.write(`${JSON.stringify(line)}\n`)
    let answers = 0
    createInterface({ input: connection }).on('line', (text) => {
      const line: Answer = JSON.parse(text)
      if (line.QMP !== undefined) say({ execute: 'qmp_capabilities' })
      else if (line.error !== undefined)
        end(() => reject(new Error(`${execute}: ${String(line.error?.desc)}`)))
      else if (line.return !== undefined && answers++ === 0) say({ execute, arguments: args })
      else if (line.return !== undefined) end(() => resolve(line.return))
    })
  })
}
