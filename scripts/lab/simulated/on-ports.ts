import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import ssh2 from 'ssh2'
import { hostKeyOf } from '../keys'
import { bytesOf } from './chance'
import { hardwareOf } from './hardware'
import { SimulatedMachine } from './host'
import { SimulatedSshServer } from './ssh-server'

/** Simulated hosts in a process of their own, a port each, so that their processor time is not the worker's. */
async function main(): Promise<void> {
  const [folder = '', count = '0'] = process.argv.slice(2)
  const loginKey = ssh2.utils.parseKey(readFileSync(path.join(folder, 'client')))
  if (loginKey instanceof Error) throw loginKey
  const ports: number[] = []
  for (let index = 0; index < Number(count); index++) {
    const port = await freePort()
    const machine = new SimulatedMachine(() => hardwareOf('watch', index, `watch-${index}`), null)
    const hostKey = () => hostKeyOf(bytesOf('watch', index, 'key')).openssh
    await new SimulatedSshServer(machine, { address: '127.0.0.1', port, hostKey, loginKey }).listen()
    ports.push(port)
  }
  process.send?.(ports)
  process.once('disconnect', () => process.exit(0))
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address === null || typeof address === 'string'
          ? reject(new Error('no port'))
          : resolve(address.port),
      )
    })
  })
}

await main()
