import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@/scripts/lab/port'
import { waitFor } from '@/scripts/launch/wait'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The simulated lab as people start it, in a process of its own: what it costs is not the product's. */
export interface LabProcess {
  /** The lines that "Add hosts" takes. */
  lines: string
  privateKey: string
  /** What is wrong with which host, by name. */
  faults: ReadonlyMap<string, string>
  stop(): Promise<void>
}

export async function startLab(asked: { hosts: number; faults: number; seed: string }): Promise<LabProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daxfleet-tabs-lab-'))
  const figures = ['--simulated', String(asked.hosts), '--faults', String(asked.faults), '--seed', asked.seed]
  const argv = ['--import', 'tsx', 'scripts/lab/main.ts', ...figures]
  const child = spawn(process.execPath, [...argv, '--port', String(await freePort()), '--dir', folder], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const stop = async () => {
    await end(child)
    await rm(folder, { recursive: true, force: true })
  }
  const began = await waitFor(
    () => (child.exitCode !== null ? 'ended' : text.includes('Ctrl-C ends them') ? 'stands' : undefined),
    { withinMs: 300_000 },
  )
  if (began !== 'stands') {
    await stop()
    throw new Error(`The simulated hosts did not come up:\n${text}`)
  }
  const own = path.join(folder, 'simulated')
  const rows = (await readFile(path.join(own, 'faults.csv'), 'utf8')).trim().split('\n').slice(1)
  return {
    lines: await readFile(path.join(own, 'hosts.txt'), 'utf8'),
    privateKey: await readFile(path.join(own, 'id_ed25519'), 'utf8'),
    faults: new Map(rows.map((row) => [row.split(',')[0] ?? '', row.split(',')[2] ?? ''])),
    stop,
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await exited
}
