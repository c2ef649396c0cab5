import * as os from 'os'
import * as shim from 'shim'
import * as std from 'std'
import { decodeUtf8 } from '../lib/utf8'
import { exit, ignoreBrokenPipes, programArguments } from '../quickjs/host'
import { lineReader } from '../quickjs/lines'
import { byItself } from './by-itself'
import type { ModelMachine } from './machine'
import { modelHost, startAgent } from './session'
import { restoreHost, type Snapshot, saveHost } from './snapshot'
import { smallHost } from './spec'
import type { ModelWorld } from './world'

/*
 * The agent on a modelled host, as a program: it reads and says what the agent does, and what it does is done to a
 * model of the lab's small guest that lives in MODEL_HOST (a file; without it, below the account's home). For measuring
 * what is around the agent. `by-itself` as its argument: a whole conversion without a server. The real agent is never
 * built from this file.
 */

const STATE_BYTES = 64 * 1024 * 1024
const readLine = lineReader(0)
const say = (line: string) => shim.writeText(1, `${line}\n`) >= 0

const world: ModelWorld = {
  nowMs: () => shim.uptimeMs(),
  timer: (ms, call) => {
    const timer = os.setTimeout(call, ms)
    return () => os.clearTimeout(timer)
  },
  randomHex: (bytes) => {
    const fd = os.open('/dev/urandom', os.O_RDONLY)
    const random = new ArrayBuffer(bytes)
    os.read(fd, random, 0, bytes)
    os.close(fd)
    return Array.from(new Uint8Array(random), (byte) => byte.toString(16).padStart(2, '0')).join('')
  },
  sha256: (text) => shim.sha256(text),
}

/** A machine's own ids, from where it lives: no two files are one machine. */
function hardware(path: string) {
  const digits = shim.sha256(path)
  const uuid = (from: number) =>
    [8, 4, 4, 4, 12].map((length, at) => digits.slice(from + at * 4, from + at * 4 + length)).join('-')
  return smallHost({
    hostname: `model-${digits.slice(0, 8)}`,
    machineId: digits.slice(0, 32),
    dmiUuid: uuid(32),
  })
}

function load(path: string): ModelMachine {
  const machine = modelHost(hardware(path), world)
  const text = shim.readFile(path, STATE_BYTES)
  const saved =
    typeof text === 'string' ? text : typeof text === 'number' ? null : decodeUtf8(new Uint8Array(text))
  if (saved !== null && saved !== '') restoreHost(machine, JSON.parse(saved) as Snapshot)
  return machine
}

/** A reader finds the host as it was before or as it is now. */
function save(path: string, machine: ModelMachine): void {
  const fresh = `${path}.new`
  os.remove(fresh)
  const fd = os.open(fresh, os.O_WRONLY | os.O_CREAT, 0o600)
  if (fd < 0) return
  shim.writeText(fd, JSON.stringify(saveHost(machine)))
  os.close(fd)
  os.rename(fresh, path)
}

/** One request of a server's, line by line. */
function serve(machine: ModelMachine, first: Awaited<ReturnType<typeof readLine>>): Promise<number | null> {
  const session = startAgent(machine, { args: programArguments(), onLine: say })
  const listen = async () => {
    for (let answer = first; typeof answer === 'object'; answer = await readLine(null))
      session.send(answer.line)
    session.endInput()
  }
  void listen()
  return session.ended
}

async function main(): Promise<number> {
  const isAlone = programArguments()[0] === 'by-itself'
  const path = std.getenv('MODEL_HOST') ?? `${std.getenv('HOME') ?? '/tmp'}/.daxfleet-model.json`
  const first = isAlone ? 'eof' : await readLine(30_000)
  // A watch reads what there is and stays for ever; everything else has the host for itself.
  const isWatch = typeof first === 'object' && first.line.includes('"verb":"watch"')
  const lock = os.open(`${path}.lock`, os.O_RDWR | os.O_CREAT, 0o600)
  if (!isWatch) shim.flock(lock, true)
  const machine = load(path)
  const status = isAlone ? await byItself(machine, say) : await serve(machine, first)
  // What it started may live on; the host is whole once only PID 1 is left.
  while (machine.processIds().length > 1) await new Promise<void>((resolve) => void os.setTimeout(resolve, 5))
  if (!isWatch) save(path, machine)
  return status ?? 1
}

ignoreBrokenPipes()
main().then(exit, () => exit(1))
