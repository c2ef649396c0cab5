/** What is already in the fleet, as far as a new host can collide with it. */
export interface KnownHost {
  name: string
  address: string
  port: number
}

/** Names and addresses in use, so that the same host is not entered twice; compared without regard to case. */
export class TakenNames {
  private readonly byName = new Map<string, { host: KnownHost; where: string }>()
  private readonly byAddress = new Map<string, { host: KnownHost; where: string }>()

  constructor(known: readonly KnownHost[]) {
    for (const host of known) this.add(host, 'the fleet')
  }

  add(host: KnownHost, where: string): void {
    this.byName.set(host.name.toLowerCase(), { host, where })
    this.byAddress.set(endpoint(host), { host, where })
  }

  clashOf(host: KnownHost): { verdict: 'duplicate' | 'conflict'; reason: string } | null {
    const named = this.byName.get(host.name.toLowerCase())
    const addressed = this.byAddress.get(endpoint(host))
    if (named !== undefined && endpoint(named.host) === endpoint(host))
      return { verdict: 'duplicate', reason: `Already in ${named.where}.` }
    if (named !== undefined)
      return {
        verdict: 'conflict',
        reason: `The name ${host.name} already stands for ${named.host.address}:${named.host.port} in ${named.where}.`,
      }
    if (addressed !== undefined)
      return {
        verdict: 'conflict',
        reason: `${host.address}:${host.port} is already called ${addressed.host.name} in ${addressed.where}.`,
      }
    return null
  }
}

function endpoint(host: KnownHost): string {
  return `${host.address.toLowerCase()} ${host.port}`
}
