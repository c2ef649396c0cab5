import path from 'node:path'
import { parseArgs } from 'node:util'
import { cxlGuest, standingFleet, startFleet } from './fleet'
import type { Guest } from './guest'
import { type Lab, openLab } from './lab'
import { standingLabFolder } from './paths'
import { parseShare } from './simulated/faults'
import { keepSimulated } from './simulated/standing'
import { writeSshConfig } from './ssh-config'

const help = `Real-kernel guests with persistent memory, on this machine.

  npm run lab -- up [--guests N] [--dir FOLDER]   start guests and keep them until Ctrl-C (N: 1 to 16, default 2)
  npm run lab -- up --cxl                         one more guest, with Linux 6.12, CXL memory and soft-reserved memory
  npm run lab -- build [--full] [--cxl]           build the guest image only (and the full guest's, the CXL guest's)
  npm run lab -- --simulated N [--faults 5%] [--seed TEXT] [--port N] [--dir FOLDER]
                                                  N simulated hosts (1 to 10000) behind real SSH servers, until Ctrl-C
  npm run lab -- --help

The second guest has production's geometry (65 GiB of RAM that is not really taken, 2 GiB memory blocks).
Guests keep their identity and disks in FOLDER (default .data/lab); remove it to start anew.
DAXFLEET_CACHE names another folder for what is built once (default .cache).`

class UsageError extends Error {}

async function main(): Promise<void> {
  const { command, guests, dir, full, cxl, simulated } = readArguments(process.argv.slice(2))
  if (command === 'help') return console.log(help)
  if (simulated !== null) return keepSimulated({ ...simulated, dir: path.join(dir, 'simulated') })
  const abort = new AbortController()
  const stopEarly = () => abort.abort(new Error('stopped while starting'))
  process.once('SIGINT', stopEarly).once('SIGTERM', stopEarly)
  const lab = await openLab({ dir, signal: abort.signal, log: console.log })
  if (command === 'build') {
    console.log(`Guest image: ${lab.image.initramfs} (Linux ${lab.image.release})`)
    if (full) console.log(`Full guest: ${await lab.fullRoot()}`)
    if (cxl) console.log(`CXL guest: ${nextText(await lab.nextRelease())}`)
    return
  }
  const specs = [...standingFleet(guests), ...(cxl ? [cxlGuest] : [])]
  console.log(
    `Starting ${specs.length} guest${specs.length === 1 ? '' : 's'} (${lab.accelerator === 'kvm' ? 'KVM' : 'emulated'})...`,
  )
  let failed = 0
  const running = await startFleet(lab, specs, {
    onReady: (guest) => console.log(`  ${guest.name} answers`),
    onFailed: (spec, error) => {
      failed += 1
      console.error(`  ${spec.name}: ${error instanceof Error ? error.message : String(error)}`)
    },
  })
  process.off('SIGINT', stopEarly).off('SIGTERM', stopEarly)
  if (failed > 0) process.exitCode = 1
  if (running.length === 0 || abort.signal.aborted) return lab.close({ atOnce: true })
  const config = await writeSshConfig(dir, lab.keyPath, running)
  console.log(
    `\n${table(running, config)}\n\n${whatToTry(running, lab.keyPath)}\n\nCtrl-C powers the guests off.`,
  )
  await untilStopped(lab, running)
}

interface Arguments {
  command: 'up' | 'build' | 'help'
  guests: number
  dir: string
  full: boolean
  cxl: boolean
  simulated: Simulated | null
}

interface Simulated {
  count: number
  /** Share of hosts with a fault. */
  faults: number
  seed: string
  port: number
}

function readArguments(argv: string[]): Arguments {
  const options = {
    guests: { type: 'string' },
    dir: { type: 'string' },
    full: { type: 'boolean', default: false },
    cxl: { type: 'boolean', default: false },
    simulated: { type: 'string' },
    faults: { type: 'string' },
    seed: { type: 'string' },
    port: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const
  const { values, positionals } = parse(() => parseArgs({ args: argv, options, allowPositionals: true }))
  const dir = values.dir ?? standingLabFolder()
  if (values.help || positionals[0] === 'help')
    return { command: 'help', guests: 0, dir, full: false, cxl: false, simulated: null }
  const [command = 'up', ...rest] = positionals
  if ((command !== 'up' && command !== 'build') || rest.length > 0) {
    throw new UsageError(`"${positionals.join(' ')}" is no command of the lab. See npm run lab -- --help`)
  }
  const simulated = readSimulated(values)
  if (simulated !== null) return { command, guests: 0, dir, full: false, cxl: false, simulated }
  const guests = Number(values.guests ?? '2')
  if (!Number.isInteger(guests) || guests < 1 || guests > 16) {
    throw new UsageError(`--guests ${values.guests} makes no sense here: a whole number from 1 to 16`)
  }
  return { command, guests, dir, full: values.full, cxl: values.cxl, simulated: null }
}

function readSimulated(values: {
  simulated?: string
  faults?: string
  seed?: string
  port?: string
}): Simulated | null {
  if (values.simulated === undefined) {
    if ((values.faults ?? values.seed ?? values.port) === undefined) return null
    throw new UsageError('--faults, --seed and --port are for simulated hosts: add --simulated N')
  }
  const count = Number(values.simulated)
  if (!Number.isInteger(count) || count < 1 || count > 10_000) {
    throw new UsageError(
      `--simulated ${values.simulated} makes no sense here: a whole number from 1 to 10000`,
    )
  }
  const faults = parseShare(values.faults ?? '0')
  if (faults === null) {
    throw new UsageError(`--faults ${values.faults} makes no sense here: a share such as 5% or 0.05`)
  }
  const port = Number(values.port ?? '2222')
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new UsageError(`--port ${values.port} is none: a whole number from 1 to 65535`)
  }
  return { count, faults, seed: values.seed ?? '1', port }
}

function parse<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function table(guests: readonly Guest[], config: string): string {
  const ssh = `ssh -F ${/[^\w./-]/.test(config) ? `'${config.replaceAll("'", "'\\''")}'` : config}`
  const rows = guests.map((guest) => [
    guest.name,
    `${guest.spec.memoryMib} MiB`,
    memoryDevices(guest),
    `127.0.0.1:${guest.ssh.port}`,
    guest.record.hostKey.fingerprint,
    `${ssh} ${guest.name}`,
  ])
  const all = [['guest', 'RAM', 'memory devices', 'SSH at', 'host key', 'to log in'], ...rows]
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (row: string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0))
  return all.map((row) => line(row).join('  ').trimEnd()).join('\n')
}

function memoryDevices({ spec }: Guest): string {
  return [
    ...spec.nvdimms.map(({ sizeMib, namespace }) => `${sizeMib} MiB ${namespace}`),
    ...spec.cxl.memdevs.map(({ sizeMib, serial }) => `${sizeMib} MiB CXL ${serial}`),
    ...spec.softReservedMib.map((sizeMib) => `${sizeMib} MiB soft-reserved`),
  ].join(', ')
}

function nextText({ image, qemu }: Awaited<ReturnType<Lab['nextRelease']>>): string {
  return `${image.initramfs} (Linux ${image.release}), run by ${qemu.argv.find((word) => word.endsWith('x86_64'))}`
}

function whatToTry(guests: readonly Guest[], keyPath: string): string {
  return [
    `The key of every guest: ${keyPath}   (accounts: root, and ops without root's rights)`,
    `Try on ${guests[0]?.name ?? 'a guest'}, by hand, what Daxfleet does for a fleet:`,
    '  daxctl list -DRMi; grep MemTotal /proc/meminfo',
    '  daxctl reconfigure-device -m system-ram dax0.0; grep MemTotal /proc/meminfo',
  ].join('\n')
}

/** Waits for Ctrl-C, SIGTERM, or the last guest's end; a second Ctrl-C pulls the plug. */
async function untilStopped(lab: Lab, guests: readonly Guest[]): Promise<void> {
  let stopping = false
  for (const guest of guests) {
    void guest.whenOff().then(() => {
      if (!stopping) console.log(`${guest.name} is off. Its console: ${guest.files.console}`)
    })
  }
  const allOff = Promise.all(guests.map((guest) => guest.whenOff()))
  await new Promise<void>((resolve) => {
    const stop = () => {
      void lab.close({ atOnce: stopping })
      if (!stopping) console.log('\nPowering the guests off (Ctrl-C again pulls the plug)...')
      stopping = true
    }
    process.on('SIGINT', stop).on('SIGTERM', stop)
    void allOff.then(() => resolve())
  })
}

main().then(
  // Signal handlers and closed connections must not keep a finished lab alive.
  () => process.exit(process.exitCode ?? 0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(error instanceof UsageError ? 2 : 1)
  },
)
