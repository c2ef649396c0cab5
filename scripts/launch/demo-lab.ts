import path from 'node:path'
import { config } from '@/server/lib/config'
import { db } from '@/server/lib/db'
import { standingFleet, startFleet } from '../lab/fleet'
import { openLab } from '../lab/lab'
import { registerGuests } from './demo-hosts'
import { tellWhenOff } from './guest-watch'
import { errorText } from './launch-error'

/** As many as two processors boot in a minute: one of each kind. */
const GUESTS = 2

/**
 * The demo's own process: real-kernel guests on this machine, entered into Daxfleet as an operator would. It tells
 * the supervisor what to show when they are there, and powers them off when it is stopped.
 */
async function main(): Promise<void> {
  const settings = config()
  const abort = new AbortController()
  const log = (line: string) => console.log(line)
  const lab = await openLab({
    dir: path.join(settings.dataDir, 'lab'),
    cache: path.join(settings.cacheDir, 'lab'),
    signal: abort.signal,
    log,
  })
  let ending = false
  process.on('SIGTERM', () => {
    if (ending) return
    ending = true
    void lab.close().finally(() => process.exit(0))
  })
  log(
    `Starting ${GUESTS} guests with real kernels (${lab.accelerator === 'kvm' ? 'KVM' : 'emulated, about a minute'})...`,
  )
  const failures: unknown[] = []
  const guests = await startFleet(lab, standingFleet(GUESTS), {
    onReady: (guest) => log(`${guest.name} answers on port ${guest.ssh.port}`),
    onFailed: (spec, error) => {
      failures.push(error)
      log(`${spec.name} did not start: ${errorText(error)}`)
    },
  })
  if (ending) return
  if (guests.length === 0) throw failures[0]
  tellWhenOff(guests, { log, isEnding: () => ending })
  await registerGuests({ db: db() }, lab.keyPath, guests, log)
  await db().$disconnect()
  process.send?.([
    `${guests.length} real Linux kernels with persistent memory wait for you: ${guests.map(({ name }) => name).join(', ')}.`,
    `Open Hosts, choose ${guests[0]?.name}, press Convert beside its dax device, read the plan, type the phrase, and watch its memory grow.`,
    `To look for yourself: ssh -p ${guests[0]?.ssh.port} -i '${lab.keyPath}' -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@127.0.0.1 free -m`,
  ])
}

main().catch((error: unknown) => {
  console.error(errorText(error))
  process.exit(1)
})
