import type { Host } from '../host'
import { HOOK_PHASES, type HookPhase, type JournalLine } from '../protocol'
import type { JournalWriter } from './journal'

/** In the environment of a hook, and so of all it starts, wherever that goes: the job it was run for. */
export const MARK = 'DAXFLEET_JOB'
const MOST_BYTES = 1024 * 1024
const ROUNDS = 100
const PAUSE_MS = 20

async function markedProcesses(host: Host, jobId: string): Promise<string[]> {
  const found: string[] = []
  for (const pid of await host.readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const environment = await host.tryReadText(`/proc/${pid}/environ`, MOST_BYTES)
    if (environment?.split('\0').includes(`${MARK}=${jobId}`)) found.push(pid)
  }
  return found
}

/** Ends what a hook of the job left running, in whatever session. How many there were, and still are. */
export async function endLeftProcesses(
  host: Host,
  jobId: string,
): Promise<{ seen: number; remaining: number }> {
  const seen = new Set<string>()
  for (let round = 0; ; round++) {
    const found = await markedProcesses(host, jobId)
    for (const pid of found) seen.add(pid)
    if (found.length === 0 || round === ROUNDS) return { seen: seen.size, remaining: found.length }
    for (const pid of found) await host.kill(Number(pid))
    await host.sleep(PAUSE_MS)
  }
}

export function leftText({ seen, remaining }: { seen: number; remaining: number }): string {
  if (seen === 0) return ''
  const what = seen === 1 ? '1 process' : `${seen} processes`
  return remaining === 0
    ? ` ${what} that it had left behind ended with it.`
    : ` ${remaining} of ${what} that it left behind cannot be ended.`
}

/** The phase whose hook began and did not come to its end, as the lines of an attempt tell; null with none. */
export function openHook(lines: readonly JournalLine[]): HookPhase | null {
  let open: HookPhase | null = null
  for (const line of lines) {
    if (line.kind !== 'step') continue
    const phase = HOOK_PHASES.find((each) => each === line.step)
    if (phase !== undefined) open = line.state === 'started' ? phase : null
  }
  return open
}

/**
 * Under the lock, before a job is taken up: whoever ran its hook is dead, so what is left of the hook ends now, and the
 * journal says that it did not come to its end. It is not run a second time.
 */
export async function closeOpenHook(
  host: Host,
  journal: JournalWriter,
  jobId: string,
  lines: readonly JournalLine[],
): Promise<HookPhase | null> {
  const step = openHook(lines)
  if (step === null) return null
  const left = leftText(await endLeftProcesses(host, jobId))
  const detail = `The agent that ran it died before it had ended.${left}`
  await journal.write({ kind: 'step', step, state: 'failed', detail })
  return step
}
