import { readFile } from 'node:fs/promises'

/** Clock ticks a second of /proc, on every Linux there is. */
const TICKS = 100

/** Processor seconds of these processes and of their children, living ones and those they have waited for. */
export async function cpuSecondsOf(pids: readonly number[]): Promise<number> {
  let ticks = 0
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    // utime, stime, cutime, cstime: fields 14 to 17 of proc(5).
    ticks += fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
    ticks += TICKS * (await cpuSecondsOf(children.split(' ').filter(Boolean).map(Number)))
  }
  return ticks / TICKS
}

/** The most memory a process has had (VmHWM). */
export async function peakRssBytesOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024
}

/** Worker processes of a product that was started as `pid`. */
export async function workerPidsBelow(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const found = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map(async (each) => {
        const line = await readFile(`/proc/${each}/cmdline`, 'utf8').catch(() => '')
        return [
          ...(line.includes('worker.mjs') ? [Number(each)] : []),
          ...(await workerPidsBelow(Number(each))),
        ]
      }),
  )
  return found.flat()
}

/** What the processes of a bench do, by a word of their command line; the first that fits. */
const ROLES: readonly (readonly [role: string, word: RegExp])[] = [
  ['lab', /scripts\/lab\/main/],
  ['worker', /worker\.mjs/],
  ['Postgres', /postgres/],
  ['browser', /chrom/],
  ['web server', /next-server|web\.mjs/],
]

/** Processor seconds so far of each kind of process below this one. */
export async function cpuSecondsByRole(): Promise<Map<string, number>> {
  const seconds = new Map<string, number>()
  await addBelow(process.pid, seconds)
  return seconds
}

async function addBelow(pid: number, seconds: Map<string, number>): Promise<void> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  for (const child of children.split(' ').filter(Boolean).map(Number)) {
    const line = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')
    const role = ROLES.find(([, word]) => word.test(line))?.[0]
    if (role === undefined) await addBelow(child, seconds)
    else seconds.set(role, (seconds.get(role) ?? 0) + (await cpuSecondsOf([child])))
  }
}
