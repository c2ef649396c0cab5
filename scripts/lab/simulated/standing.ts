import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FAULT_WORDS } from './faults'
import { addHostsLines, openSimulatedLab, type SimulatedLab, type SimulatedLabOptions } from './lab'

const cell = (text: string) => `"${text.replaceAll('"', '""')}"`

/** What only the lab knows of its hosts: their faults, and where what is wrong with them can be compared. */
function faultsCsv({ hosts }: SimulatedLab): string {
  const rows = hosts.flatMap(({ name, address, fault }) =>
    fault === null ? [] : [[name, address, fault, cell(FAULT_WORDS[fault])].join(',')],
  )
  return ['host,address,fault,meaning', ...rows].join('\n').concat('\n')
}

/** Starts simulated hosts, tells how to enter them, and keeps them until Ctrl-C or SIGTERM. */
export async function keepSimulated(options: SimulatedLabOptions): Promise<void> {
  const { count, dir } = options
  const began = performance.now()
  console.log(`Starting ${count} simulated host${count === 1 ? '' : 's'}...`)
  const lab = await openSimulatedLab(options)
  const [linesPath, faultsPath] = [join(dir, 'hosts.txt'), join(dir, 'faults.csv')]
  await writeFile(linesPath, addHostsLines(lab.hosts))
  await writeFile(faultsPath, faultsCsv(lab))
  const [first] = lab.hosts
  const listening = lab.hosts.filter(({ fault }) => fault !== 'unreachable').length
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const megabytes = Math.round(process.memoryUsage().rss / 1e6)
  console.log(
    [
      `${listening} answer after ${seconds} s, with ${megabytes} MB for all of them.`,
      '',
      `The lines for "Add hosts": ${linesPath}`,
      `The key to log in with:    ${lab.keyPath}   (accounts: root, and ops, which may use sudo)`,
      `What is wrong with which:  ${faultsPath}   (seed ${options.seed})`,
      ...(first === undefined
        ? []
        : ['', `For example: ssh -i '${lab.keyPath}' -p ${first.port} ops@${first.address}`]),
      '',
      'A model of the kernel answers there, for numbers: what is true of real hosts only real kernels prove.',
      'Ctrl-C ends them; what was converted on them is forgotten then.',
    ].join('\n'),
  )
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve())
  })
  lab.close()
}
