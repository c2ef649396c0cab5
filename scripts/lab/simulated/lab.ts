import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { createLabKey, hostKeyOf } from '../keys'
import { bytesOf, chance } from './chance'
import { type Fault, spreadFaults } from './faults'
import { hardwareOf } from './hardware'
import { SimulatedMachine } from './host'
import { SimulatedSshServer } from './ssh-server'

export interface SimulatedHost {
  name: string
  address: string
  port: number
  user: 'ops'
  labels: Record<string, string>
  /** "SHA256:…" of the key it shows at first; worked out when asked for, which takes a while for thousands. */
  fingerprint: () => string
  fault: Fault | null
  machine: SimulatedMachine
}

export interface SimulatedLab {
  hosts: SimulatedHost[]
  /** PEM of the key that logs in to every host. */
  privateKey: string
  keyPath: string
  close(): void
}

export interface SimulatedLabOptions {
  count: number
  /** Share of hosts with a fault, 0 to 1. */
  faults: number
  seed: string
  dir: string
  port?: number
  /** Second number of the addresses, 127.NET.x.y: several labs run side by side. */
  net?: number
}

/** Hosts of one rack, and addresses in one network of 256 that are used. */
const PER_RACK = 20
const PER_NETWORK = 250
/** Listening is quick; so many at once keep the event loop free for who connects meanwhile. */
const AT_ONCE = 500

/** A hidden number that host keys come from, and the key to log in with: both stay with the folder. */
async function keysOf(dir: string): Promise<{ secret: string; privateKey: string; keyPath: string }> {
  const keyPath = join(dir, 'id_ed25519')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const keep = async (path: string, make: () => string) => {
    await writeFile(path, make(), { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    return readFile(path, 'utf8')
  }
  return {
    secret: await keep(join(dir, 'host-keys.seed'), () => randomBytes(32).toString('hex')),
    privateKey: await keep(keyPath, () => createLabKey('simulated-lab').privateKey),
    keyPath,
  }
}

function describe(index: number, { seed, net, port }: { seed: string; net: number; port: number }) {
  const name = `sim-${String(index + 1).padStart(5, '0')}`
  const address = `127.${net}.${Math.floor(index / PER_NETWORK)}.${(index % PER_NETWORK) + 1}`
  const makeSpec = () => hardwareOf(seed, index, name)
  const { devices, kernelRelease } = makeSpec()
  const labels = {
    rack: `r${String(Math.floor(index / PER_RACK) + 1).padStart(3, '0')}`,
    site: ['fra', 'ams', 'dub'][Math.floor(chance(seed, 'site', Math.floor(index / 200)) * 3)] ?? 'fra',
    memory: devices[0]?.kind ?? 'none',
    kernel: kernelRelease.split('.').slice(0, 2).join('.'),
  }
  return { name, address, port, labels, makeSpec }
}

/**
 * Starts simulated hosts, each with a real SSH server at its own address of 127.0.0.0/8. Numbers, faults and hardware
 * hang on the seed; host keys and the login key on the folder. Rejects when an address cannot be listened at.
 */
export async function openSimulatedLab(options: SimulatedLabOptions): Promise<SimulatedLab> {
  const { count, seed, dir, port = 2222, net = 20 } = options
  const { secret, privateKey, keyPath } = await keysOf(dir)
  const loginKey = ssh2.utils.parseKey(privateKey)
  if (loginKey instanceof Error) throw new Error(`${keyPath} cannot be read: ${loginKey.message}`)
  const faults = spreadFaults(count, options.faults, seed)
  const servers: SimulatedSshServer[] = []
  const hosts: SimulatedHost[] = []
  for (let index = 0; index < count; index++) {
    const { makeSpec, ...described } = describe(index, { seed, net, port })
    const fault = faults.get(index) ?? null
    const machine = new SimulatedMachine(makeSpec, fault)
    const keyOf = (which: string) => hostKeyOf(bytesOf(secret, described.name, which))
    hosts.push({ ...described, user: 'ops', fingerprint: () => keyOf('first').fingerprint, fault, machine })
    if (fault === 'unreachable') continue
    const { address } = described
    const hostKey = (which: string) => keyOf(which).openssh
    servers.push(new SimulatedSshServer(machine, { address, port, hostKey, loginKey }))
  }
  const close = () => {
    for (const server of servers) server.close()
  }
  try {
    for (let from = 0; from < servers.length; from += AT_ONCE)
      await Promise.all(servers.slice(from, from + AT_ONCE).map((server) => server.listen()))
  } catch (error) {
    close()
    throw explained(error, count)
  }
  return { hosts, privateKey, keyPath, close }
}

/** What stops thousands of listeners, and what to do about it. */
function explained(error: unknown, count: number): unknown {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  if (code === 'EADDRINUSE') {
    return new Error(`Something listens at ${address}:${port} already. End it, or choose another --port.`)
  }
  if (code === 'EMFILE' || code === 'ENFILE') {
    const needed = 2 * count + 100
    return new Error(
      `${count} hosts and their connections need ${needed} descriptors: raise ulimit -n to that.`,
    )
  }
  return error
}

/** The lines that "Add hosts" takes: name, account, address, port and labels. */
export function addHostsLines(hosts: readonly SimulatedHost[]): string {
  return hosts
    .map(({ name, user, address, port, labels }) => {
      const words = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
      return [name, `${user}@${address}:${port}`, ...words].join(' ')
    })
    .join('\n')
    .concat('\n')
}
