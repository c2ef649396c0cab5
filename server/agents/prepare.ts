import { readFile } from 'node:fs/promises'
import { deadlineSignal } from '@/server/lib/deadline'
import type { Connection } from '@/server/ssh/connection'
import { abortable, clip, describeTarget } from '@/server/ssh/contact-errors'
import { runRemote } from '@/server/ssh/remote-process'
import { ContactError } from '@/server/ssh/target'
import { gateRefused } from './gate'
import { listCommand, lookCommand, placeCommand } from './host-shell'
import { allowedAgents } from './sudoers'

type Architecture = 'x64' | 'arm64'
/** The agent for one architecture, or null when this server was built without it. */
export type AgentBinary = { path: string; sha256: string }
export type AgentBinaries = (arch: Architecture) => Promise<AgentBinary | null>

/** The agent as it lies on the host, verified over this connection. */
export interface PreparedAgent {
  sha256: string
  uid: number
  /** The path that sudo is given, in full, as the host told it: for people only. `~` stands for a home with odd letters. */
  path: string
}

export interface PrepareOptions {
  deadlineMs: number
  /** Told once a connection where the agent lies on the host; never rejects. */
  notePath?: ((hostId: string, path: string) => Promise<void>) | undefined
}

const machines: Record<string, Architecture> = {
  x86_64: 'x64',
  amd64: 'x64',
  aarch64: 'arm64',
  arm64: 'arm64',
}
const limits = { maxLineBytes: 8_192, maxOutputBytes: 262_144 }
/** Only the wording of a refusal hangs on it. */
const listMs = 10_000

const prepared = new WeakMap<Connection, Promise<PreparedAgent>>()

/**
 * Makes sure the right agent lies on the host, verified by owner, mode and digest once a connection; pushes it
 * where it is missing or differs. Rejects with ContactError `agent_failed` when it cannot lie there.
 */
export function prepareAgent(
  connection: Connection,
  binaries: AgentBinaries,
  options: PrepareOptions & { signal: AbortSignal },
): Promise<PreparedAgent> {
  const preparing = prepared.get(connection) ?? startPreparing(connection, binaries, options)
  return abortable(preparing, connection.target, options.signal)
}

/** The next call on this connection looks at the agent again. */
export function forgetAgent(connection: Connection): void {
  prepared.delete(connection)
}

/** The agents that the host's sudo would run for this account; none where it does not tell. */
export async function askAllowedAgents(connection: Connection, path: string): Promise<string[]> {
  try {
    const answer = await runRemote(connection, listCommand, { ...limits, signal: deadlineSignal(listMs) })
    return allowedAgents(answer.lines, path).slice(0, 8)
  } catch (error) {
    if (error instanceof ContactError) return []
    throw error
  }
}

/** Bounded by its own deadline: whoever came first may give up without taking the others along. */
function startPreparing(
  connection: Connection,
  binaries: AgentBinaries,
  { deadlineMs, notePath }: PrepareOptions,
) {
  const preparing = prepare(connection, binaries, deadlineSignal(deadlineMs)).then(async (agent) => {
    await notePath?.(connection.target.hostId, agent.path)
    return agent
  })
  prepared.set(connection, preparing)
  // A failure is not remembered: the next call looks again.
  preparing.catch(() => forgetAgent(connection))
  return preparing
}

async function prepare(
  connection: Connection,
  binaries: AgentBinaries,
  signal: AbortSignal,
): Promise<PreparedAgent> {
  const name = describeTarget(connection.target)
  const [x64, arm64] = await Promise.all([binaries('x64'), binaries('arm64')])
  const digests = [x64, arm64].flatMap((binary) => (binary === null ? [] : [binary.sha256]))
  const seen = await look(connection, digests, signal)
  const arch = machines[seen.machine]
  if (arch === undefined) {
    throw new ContactError(
      'agent_failed',
      `${name} is a ${clip(seen.machine, 40)} machine; the agent runs on x86_64 and aarch64.`,
      'Leave this host out; nothing was changed on it.',
    )
  }
  const binary = arch === 'x64' ? x64 : arm64
  if (binary === null) {
    throw new ContactError(
      'agent_failed',
      `${name} is an ${seen.machine} machine and this server has no agent built for it.`,
      'Install gcc-aarch64-linux-gnu and libc6-dev-arm64-cross on the server and start it again.',
    )
  }
  const agent = {
    sha256: binary.sha256,
    uid: seen.uid,
    path: `${seen.home}/.daxfleet/agent`,
  }
  if (seen.verified.has(binary.sha256)) return agent
  await place(connection, binary, signal)
  const again = await look(connection, [binary.sha256], signal)
  if (again.verified.has(binary.sha256)) return agent
  throw new ContactError(
    'agent_failed',
    `${name} does not keep the agent as it was sent (owner, mode or content of ~/.daxfleet differ).`,
    'Look at ~/.daxfleet of that account: it must be the account’s own folder with mode 0700.',
  )
}

interface Seen {
  uid: number
  machine: string
  home: string
  /** Digests of agents that lie there with the right owner, mode and content. */
  verified: Set<string>
}

async function look(connection: Connection, digests: string[], signal: AbortSignal): Promise<Seen> {
  const name = describeTarget(connection.target)
  const answer = await runRemote(connection, lookCommand(digests), { ...limits, signal })
  const values = keyValues(answer.lines)
  const uid = Number(values.get('uid')?.[0] ?? Number.NaN)
  const problem = values.get('problem')?.[0]
  if (problem !== undefined) {
    throw new ContactError(
      'agent_failed',
      `The agent cannot be kept on ${name}: ${clip(problem)}.`,
      'The account needs a home folder it can write to, with 1 MiB free.',
    )
  }
  if (gateRefused(answer.stderr)) {
    throw new ContactError(
      'agent_failed',
      `The gate on ${name} does not know the commands of this server’s agent.`,
      'Install the gate (/usr/local/libexec/daxfleet-gate) that the host’s Access tab offers.',
    )
  }
  if (values.get('looked') === undefined || !Number.isSafeInteger(uid)) {
    throw new ContactError(
      'agent_failed',
      `${name} did not answer like a POSIX shell${answer.stderr === '' ? '' : `: ${answer.stderr}`}.`,
      'Give the account a normal login shell, and see that its profile prints nothing of its own.',
    )
  }
  const folderIsOwn = values.get('folder')?.[0] === `${uid} 700`
  const verified = (values.get('agent') ?? []).flatMap((line) => {
    const [named, owner, mode, digest] = line.split(' ')
    const right = folderIsOwn && owner === String(uid) && mode === '700' && digest === named
    return right && named !== undefined ? [named] : []
  })
  return {
    uid,
    machine: values.get('machine')?.[0] ?? '',
    home: plainPath(values.get('home')?.[0]),
    verified: new Set(verified),
  }
}

async function place(connection: Connection, binary: AgentBinary, signal: AbortSignal): Promise<void> {
  const stdin = await readFile(binary.path)
  const answer = await runRemote(connection, placeCommand(binary.sha256), { ...limits, signal, stdin })
  const values = keyValues(answer.lines)
  if (values.has('placed')) return
  const problem = values.get('problem')?.[0] ?? answer.stderr
  throw new ContactError(
    'agent_failed',
    `The agent could not be placed on ${describeTarget(connection.target)}: ${clip(problem) || `status ${answer.status}`}.`,
    'The account needs a home folder it can write to, with 1 MiB free.',
  )
}

/** For people to copy into sudoers: nothing that means something there. */
function plainPath(home: string | undefined): string {
  return home !== undefined && /^(\/[\w.@+-]{1,64}){1,8}$/.test(home) ? home : '~'
}

function keyValues(lines: readonly string[]): Map<string, string[]> {
  const values = new Map<string, string[]>()
  for (const line of lines) {
    const at = line.indexOf('=')
    if (at <= 0) continue
    const key = line.slice(0, at)
    values.set(key, [...(values.get(key) ?? []), line.slice(at + 1)])
  }
  return values
}
