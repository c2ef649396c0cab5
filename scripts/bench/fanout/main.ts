import { parseArgs } from 'node:util'
import { parseShare } from '@/scripts/lab/simulated/faults'

const help = `npm run bench:fanout                      a rollout against the SSH library alone, clush and Ansible
npm run bench:fanout -- --tabs 8          a rollout over simulated hosts, watched in eight tabs of a browser

  --hosts N      hosts (500 by default, or FANOUT_HOSTS)
  --faults 5%    with --tabs: share of hosts with a fault
  --seed TEXT    with --tabs: what hardware and faults hang on`

async function main(): Promise<void> {
  const options = {
    hosts: { type: 'string', default: process.env.FANOUT_HOSTS ?? '500' },
    tabs: { type: 'string' },
    faults: { type: 'string', default: '5%' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  const { values } = parseArgs({ options })
  if (values.help) return console.log(help)
  const hosts = whole('--hosts', values.hosts, 10_000)
  if (values.tabs === undefined) {
    const { compareWithPeers } = await import('./compare')
    return compareWithPeers(hosts)
  }
  const faults = parseShare(values.faults)
  if (faults === null) throw new Error(`--faults ${values.faults} makes no sense here: a share such as 5%`)
  const { watchInTabs } = await import('./tabs')
  const isWell = await watchInTabs({
    hosts,
    tabs: whole('--tabs', values.tabs, 64),
    faults,
    seed: values.seed,
  })
  if (!isWell) process.exitCode = 1
}

function whole(name: string, text: string, most: number): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > most)
    throw new Error(`${name} ${text} makes no sense here: a whole number from 1 to ${most}`)
  return number
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
})
