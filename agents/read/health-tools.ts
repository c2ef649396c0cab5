import type { Host } from '../host'
import type { HealthFact } from '../protocol'
import type { DaxReading } from './dax'
import { exists } from './files'
import { rootOwnProgram } from './root-own'
import { cxlFacts, dimmFacts, poisonFacts } from './tool-output'

/** Where distributions put them; nowhere else is looked, and no PATH is asked. */
const FOLDERS = ['/usr/bin', '/usr/sbin']
/** Firmware answers within milliseconds; past this it is given up. */
const HEALTH_MS = 5_000
/** cxl reads all of the kernel's symbols first, which takes an emulated host ten seconds. */
const POISON_MS = 30_000

type Facts = Map<string, HealthFact[]>
type Answer = { facts: Facts; source: string } | { why: string; source: string }

/** What `name words` tells; both its outputs are read as one where `errorsCount`, so that a complaint is no list. */
async function ask(
  host: Host,
  name: string,
  words: string[],
  parse: (text: string, source: string) => Facts | null,
  { deadlineMs, errorsCount }: { deadlineMs: number; errorsCount: boolean },
): Promise<Answer> {
  for (const folder of FOLDERS) {
    const path = `${folder}/${name}`
    const found = await rootOwnProgram(host, path, ['/', '/usr', folder], true)
    if (found === null) continue
    const source = [path, ...words].join(' ')
    if (found.fault !== null) return { why: found.fault, source }
    const limits = { stdin: null, readsOnly: true, dropsErrors: !errorsCount, killAfterMs: deadlineMs }
    const { status, stdout, timedOut } = await host.run([path, ...words], limits)
    if (timedOut) return { why: `${name} did not answer within ${deadlineMs / 1000} s`, source }
    // With nothing to list it prints nothing.
    const facts = status === 0 ? parse(stdout || '[]', source) : null
    return facts === null ? { why: `${name} failed`, source } : { facts, source }
  }
  return { why: `${name} is not on this host`, source: name }
}

function tell({ device: { health } }: DaxReading, of: string, answer: Answer, nothing: string): void {
  const told = 'why' in answer ? [] : (answer.facts.get(of) ?? [])
  // A file is nearer to the kernel than a program.
  health.push(...told.filter(({ fact }) => !health.some((known) => known.of === of && known.fact === fact)))
  if (told.length > 0) return
  const detail = 'why' in answer ? answer.why : nothing
  health.push({ fact: 'unreadable', of, value: 1, detail, source: answer.source })
}

const noRoot = (source: string): Answer => ({ why: 'it was read without root', source })

/**
 * Adds to each device what is in no file: SMART of its DIMMs and health of its CXL memory devices, as the host's own ndctl and
 * cxl tell them. Reads only; two programs at most, bounded in time and output. What could not be asked is `unreadable`.
 */
export async function readToolHealth(
  host: Host,
  dax: readonly DaxReading[],
  privileged: boolean,
): Promise<void> {
  for (const kind of ['pmem', 'cxl'] as const) {
    const asked = dax.filter(({ device, parts }) => device.kind === kind && parts.length > 0)
    if (asked.length === 0) continue
    const name = kind === 'pmem' ? 'ndctl' : 'cxl'
    const [words, parse] = kind === 'pmem' ? [['list', '-DH'], dimmFacts] : [['list', '-MH'], cxlFacts]
    const limits = { deadlineMs: HEALTH_MS, errorsCount: false }
    const answer = privileged ? await ask(host, name, words, parse, limits) : noRoot(name)
    for (const reading of asked) {
      for (const of of reading.parts) tell(reading, of, answer, `${name} tells nothing of it`)
    }
  }
}

/**
 * Adds to the device that is to be converted what is known of poison in its CXL region. For a plan and its preflight alone: the
 * kernel tells it through a trace buffer, which on a large host is too dear for every look.
 */
export async function readPoison(
  host: Host,
  dax: readonly DaxReading[],
  deviceId: string,
  privileged: boolean,
): Promise<void> {
  for (const reading of dax) {
    const { device, parts, region } = reading
    if (device.identity.id !== deviceId || device.kind !== 'cxl') continue
    let answer = noRoot('cxl')
    if (privileged) {
      const words = ['list', '-r', region, '-L']
      const limits = { deadlineMs: POISON_MS, errorsCount: true }
      answer = await ask(host, 'cxl', words, (text, source) => poisonFacts(text, source), limits)
    }
    // Where the kernel has no way to ask, or the device knows no list, cxl is silent as if there were no poison.
    for (const memdev of parts) {
      const source = `/sys/bus/cxl/devices/${memdev}/trigger_poison_list`
      if ('facts' in answer && !(await exists(host, source)))
        answer = { why: `${memdev} lets nobody ask for its poison`, source }
    }
    tell(reading, region, answer, 'cxl tells nothing of it')
  }
}
