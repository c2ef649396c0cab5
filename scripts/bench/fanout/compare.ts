import { availableParallelism } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildAgent } from '@/scripts/agent/build'
import { ensureDebianPackages } from '@/scripts/lib/debian'
import { Closing } from '../closing'
import { ratio, tableText } from '../report'
import { Farm } from './farm'
import { Floor } from './floor'
import { Peers } from './peers'
import { Product } from './product'

const root = fileURLToPath(new URL('../../..', import.meta.url))
/** Hosts at a time, for everyone: the default of WORKER_CONCURRENCY. */
const PARALLEL = Number(process.env.FANOUT_PARALLEL ?? 20)

const PACKAGES = [
  { name: 'openssh-server', for: 'the hosts that are measured', command: 'sshd' },
  { name: 'clustershell', for: 'comparing with clush', command: 'clush' },
  { name: 'ansible-core', for: 'comparing with Ansible', command: 'ansible' },
]

interface Measured {
  seconds: number
  /** Of sshd, shells and agents. */
  hostSeconds: number
  commands: number
}

/** A rollout over many hosts against the SSH library alone, clush and Ansible on the same hosts; prints the table. */
export async function compareWithPeers(hosts: number): Promise<void> {
  const stop = new AbortController()
  const cacheDir = path.join(root, '.cache', 'agent')
  const agent = await buildAgent({ arch: 'x64', cacheDir, signal: stop.signal, entry: 'model/main.ts' })
  const closing = new Closing()
  try {
    await ensureDebianPackages(PACKAGES, { signal: stop.signal, log: console.error })
    console.error(`Starting ${hosts} hosts behind real sshd...`)
    const farm = await Farm.start(hosts, agent)
    closing.push(() => farm.stop())
    const measure = async (name: string, work: () => Promise<void>): Promise<Measured> => {
      console.error(`${name}...`)
      await farm.reset()
      const [hostBefore, before] = [await farm.cpuSeconds(), performance.now()]
      await work()
      const seconds = (performance.now() - before) / 1000
      const { converted, commands } = await farm.tell()
      if (converted !== hosts) throw new Error(`${name} converted ${converted} of ${hosts}.`)
      return { seconds, hostSeconds: (await farm.cpuSeconds()) - hostBefore, commands }
    }

    console.error('Entering them in the product...')
    const product = await Product.over(farm, PARALLEL)
    closing.push(() => product.stop())
    const fresh = async () => {
      await farm.reset()
      await product.probeAll()
    }
    await fresh()
    await product.restartWorker()
    const before = await product.usage()
    const productCold = await measure('product, cold', () => product.rollout())
    const usage = await product.usage()
    await fresh()
    const productWarm = await measure('product, warm', () => product.rollout())
    const { workerRssBytes } = await product.usage()

    const floor = await Floor.over(farm)
    closing.push(async () => floor.close())
    const floorCold = await measure('floor, cold', () => floor.run(PARALLEL))
    const floorWarm = await measure('floor, warm', () => floor.run(PARALLEL))
    floor.close()

    const peers = await Peers.over(farm)
    closing.push(() => peers.closeConnections())
    const clush = await measure('clush', () => peers.clush(PARALLEL, false))
    await peers.clush(PARALLEL, true)
    const clushPersist = await measure('clush, ControlPersist', () => peers.clush(PARALLEL, true))
    await peers.closeConnections()
    const ansible = await measure('ansible', () => peers.ansible(PARALLEL))

    const row = (name: string, floorOf: Measured, { seconds, hostSeconds, commands }: Measured) => [
      name,
      seconds.toFixed(1),
      ratio(seconds / floorOf.seconds).toFixed(2),
      hostSeconds.toFixed(1),
      (commands / hosts).toFixed(1),
    ]
    console.log(`${hosts} hosts, ${PARALLEL} at a time, on ${availableParallelism()} processors`)
    console.log(
      tableText([
        ['', 's', 'x floor', 'hosts cpu s', 'commands/host'],
        row('floor, cold', floorCold, floorCold),
        row('product, cold', floorCold, productCold),
        row('clush', floorCold, clush),
        row('ansible', floorCold, ansible),
        row('floor, warm', floorWarm, floorWarm),
        row('product, warm', floorWarm, productWarm),
        row('clush, ControlPersist', floorWarm, clushPersist),
      ]),
    )
    const worker = usage.workerSeconds - before.workerSeconds
    const postgres = usage.postgresSeconds - before.postgresSeconds
    console.log(
      `Of the product's cold rollout: hosts ${productCold.hostSeconds.toFixed(1)} s of processor, ` +
        `worker ${worker.toFixed(1)} s, Postgres ${postgres.toFixed(1)} s; worker at most ` +
        `${(workerRssBytes / 2 ** 20).toFixed(0)} MiB.`,
    )
    console.log(
      JSON.stringify({
        bench: 'fanout',
        hosts,
        vsFloor: ratio(productCold.seconds / floorCold.seconds),
        vsFloorWarm: ratio(productWarm.seconds / floorWarm.seconds),
        vsClush: ratio(productCold.seconds / clush.seconds),
        vsClushPersist: ratio(productWarm.seconds / clushPersist.seconds),
        vsAnsible: ratio(productCold.seconds / ansible.seconds),
        workerRssBytes,
      }),
    )
  } finally {
    await closing.close()
  }
}
