import { gatePath, gateScript } from '@/server/agents/gate'
import { sudoersFile } from '@/server/agents/sudoers'
import { notFound } from '@/server/lib/domain-error'
import type { ServiceContext } from '@/server/lib/service-context'
import { type AgentRelease, latestReleases } from './releases'
import type { HostPrivileges } from './schema'

/** What a host has to allow so that its ordinary account is enough. Throws DomainError when the host is gone. */
export async function hostPrivileges(
  ctx: Pick<ServiceContext, 'db' | 'pg'>,
  { hostId, withPrevious }: { hostId: string; withPrevious: boolean },
): Promise<HostPrivileges> {
  const host = await ctx.db.host.findUnique({
    where: { id: hostId },
    include: {
      credential: { select: { publicKey: true, kind: true } },
      jumpsTo: { select: { address: true, port: true }, orderBy: { name: 'asc' } },
    },
  })
  if (host === null) throw notFound('host')
  if (host.username === 'root') return { type: 'root' }
  if (host.agentPath?.startsWith('~') === true)
    return {
      type: 'unknown',
      message: `The home of ${host.username} on ${host.name} has letters that sudoers does not take as they are.`,
      next: 'Give the account a home of letters, digits, dots and dashes.',
    }
  const releases = await latestReleases(ctx.pg)
  const agents = releases.filter((release) => fits(release, host.architecture, withPrevious))
  if (agents.length === 0)
    return {
      type: 'unknown',
      message: 'No worker has told yet which agent it uploads.',
      next: 'Start a worker, then look again.',
    }
  const { username } = host
  const path = host.agentPath ?? `/home/${username}/.daxfleet/agent`
  const key = host.credential?.kind === 'key' ? host.credential.publicKey : null
  return {
    type: 'ordinary',
    username,
    path,
    pathKnown: host.agentPath !== null,
    agents,
    sudoers: sudoersOf({ username, path }, agents),
    // The first look asks for both architectures, whatever the host is.
    gate: gateOf(releases.filter((release) => withPrevious || release.isCurrent)),
    authorizedKey: key === null ? null : authorizedKey(key, host.jumpsTo),
  }
}

const architectures: Record<string, AgentRelease['architecture']> = { x86_64: 'x64', aarch64: 'arm64' }

/** Before a host told its architecture, the agents of both are named: the other one does not run there. */
function fits(release: AgentRelease, architecture: string | null, withPrevious: boolean): boolean {
  const known = architectures[architecture ?? '']
  return (known === undefined || known === release.architecture) && (withPrevious || release.isCurrent)
}

function sudoersOf(rule: { username: string; path: string }, agents: readonly AgentRelease[]) {
  const noted = agents.map(({ sha256, architecture, isCurrent }) => ({
    sha256,
    note: `${architecture}, ${isCurrent ? 'the newest' : 'the one before: drop this line once every worker has the newest'}`,
  }))
  const path = '/etc/sudoers.d/daxfleet'
  return {
    name: 'daxfleet.sudoers',
    path,
    text: sudoersFile(rule, noted),
    install: `visudo -cf daxfleet.sudoers && install -o root -g root -m 440 daxfleet.sudoers ${path}`,
  }
}

function gateOf(releases: readonly AgentRelease[]) {
  const digestsOf = (wanted: AgentRelease['architecture']) =>
    releases.filter(({ architecture }) => architecture === wanted).map(({ sha256 }) => sha256)
  return {
    name: 'daxfleet-gate',
    path: gatePath,
    text: gateScript({ x64: digestsOf('x64'), arm64: digestsOf('arm64') }),
    install: `install -D -o root -g root -m 755 daxfleet-gate ${gatePath}`,
  }
}

/** `restrict` takes away terminals, forwarding of ports, agents and X11 (sshd(8)); a jump host needs its ways on. */
function authorizedKey(publicKey: string, jumpsTo: readonly { address: string; port: number }[]): string {
  const ways = jumpsTo.map(({ address, port }) => {
    const name = address.includes(':') ? `[${address}]` : address
    return `permitopen="${name}:${port}"`
  })
  const options = ['restrict', ...(ways.length === 0 ? [] : ['port-forwarding', ...ways])]
  return `${[...options, `command="${gatePath}"`].join(',')} ${publicKey} daxfleet`
}
