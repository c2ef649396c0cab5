import type { HostDetail } from '@/server/hosts/schemas/detail'
import type { JobDetail } from '@/server/jobs/schema'
import { isEnded } from '@/server/jobs/transitions'
import type { PolicyView } from '@/server/kernel-policy/schema'
import type { PlanView, ZoneName } from '@/server/plans/schema'
import type { PartialPolicy } from '@/server/plans/vocabulary'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { Guest } from './guests'
import { eventually, type Product, showWorkerOnFailure } from './product'

/** Where a host answers, who logs in there, and the key it must show. */
export interface Reachable {
  name: string
  address: string
  port: number
  username: string
  privateKey: string
  fingerprint: string
}

type AskedShare = ({ shareBytes: bigint } | { blocks: [number, number][] }) &
  ({ kind: 'online'; zone: ZoneName } | { kind: 'offline'; onPartial?: PartialPolicy })

/** What an operator does in the browser, through the same procedures the pages call. */
export class Operator {
  constructor(private readonly product: () => Product) {}

  /**
   * Enters a guest, compares its fingerprint, trusts it, and waits for the first probe. `port` is where it is reached
   * when not directly.
   */
  async enrol(
    guest: Guest,
    user: 'root' | 'ops' = 'root',
    port = guest.sshAs(user).port,
  ): Promise<HostDetail> {
    const { host: address, privateKey } = guest.sshAs(user)
    const name = user === 'root' ? guest.name : `${guest.name}-${user}`
    const { fingerprint } = guest.record.hostKey
    return this.enrolAt({ name, address, port, username: user, privateKey, fingerprint })
  }

  /** The same for any host that answers on SSH. */
  async enrolAt(reachable: Reachable): Promise<HostDetail> {
    const { caller } = this.product()
    const hostId = await this.enter(reachable)
    const review = await this.host(hostId, 'its key is to be reviewed', (host) => host.state === 'key_review')
    const key = review.keys.find((each) => each.status === 'pending')
    if (key?.fingerprint !== reachable.fingerprint) {
      throw new Error(`${reachable.name} showed ${key?.fingerprint}, made was ${reachable.fingerprint}`)
    }
    await caller.hosts.reviewKey({ hostId, keyId: key.id, decision: 'trust', fingerprint: key.fingerprint })
    return this.host(hostId, 'it was probed', (host) => host.state !== 'key_review' && !host.probing)
  }

  /** The host as an earlier test of the file enrolled it. */
  async enrolled(guest: Guest): Promise<HostDetail> {
    const { caller } = this.product()
    const { hosts } = await caller.hosts.list({ query: guest.name })
    const row = hosts.find((host) => host.name === guest.name)
    if (row === undefined) throw new Error(`${guest.name} is not enrolled`)
    return caller.hosts.get({ hostId: row.id })
  }

  /** Enters a host with a credential of its own; its id. */
  async enter({ name, address, port, username, privateKey }: Reachable): Promise<string> {
    const { caller } = this.product()
    showWorkerOnFailure(this.product())
    const added = await caller.credentials.add({ name: `key of ${name}`, privateKey })
    if (added.type !== 'added') throw new Error(added.message)
    const result = await caller.hosts.add({
      credentialId: added.credential.id,
      hosts: [{ name, address, port, username, labels: { lab: 'yes' } }],
    })
    const [hostId] = result.type === 'added' ? result.hostIds : []
    if (hostId === undefined) throw new Error(`${name} was not added: ${JSON.stringify(result)}`)
    return hostId
  }

  /** The product's own procedures. */
  connected(): Product {
    return this.product()
  }

  /** Waits until a host reads as said. */
  host(hostId: string, what: string, holds: (host: HostDetail) => boolean): Promise<HostDetail> {
    let last = ''
    return eventually(
      () => `${what}; it reads ${last}`,
      async () => {
        const host = await this.product().caller.hosts.get({ hostId })
        last = `${host.state}${host.probing ? ', probing' : ''}: ${host.stateMessage}`
        return holds(host) ? host : undefined
      },
    )
  }

  /** Probes now and waits for the new reading. */
  async probe(hostId: string): Promise<HostDetail> {
    const before = await this.product().caller.hosts.get({ hostId })
    const asked = await this.product().caller.hosts.probe({ hostId })
    if (asked.type !== 'done') throw new Error(asked.message)
    return this.host(
      hostId,
      'a new probe ended',
      (host) =>
        !host.probing &&
        (host.inspectedAt?.getTime() !== before.inspectedAt?.getTime() ||
          host.stateSince.getTime() !== before.stateSince.getTime()),
    )
  }

  /** Asks the host what a conversion would take. */
  async plan(host: HostDetail, daxName: string, zone: ZoneName = 'movable'): Promise<PlanView> {
    return this.planned(host, daxName, { kind: 'convert', zone })
  }

  /** Asks the host what giving the device back would take. */
  async planBack(
    host: HostDetail,
    daxName: string,
    onPartial: PartialPolicy = 'roll_back',
  ): Promise<PlanView> {
    return this.planned(host, daxName, { kind: 'restore', onPartial })
  }

  /** Asks the host what a share would take. */
  async planShare(host: HostDetail, daxName: string, share: AskedShare): Promise<PlanView> {
    return this.planned(host, daxName, share)
  }

  private async planned(
    host: HostDetail,
    daxName: string,
    asked:
      | { kind: 'convert' | 'persist'; zone: ZoneName }
      | { kind: 'restore'; onPartial: PartialPolicy }
      | { kind: 'unpersist' }
      | AskedShare,
  ): Promise<PlanView> {
    const { caller } = this.product()
    const device = host.devices.find((each) => each.daxName === daxName && each.state !== 'gone')
    if (device === undefined) throw new Error(`${host.name} has no ${daxName}`)
    const answer = await caller.plans.request({ deviceId: device.id, ...asked })
    if (answer.type !== 'requested') throw new Error(`${answer.message} ${answer.next}`)
    return this.answered(answer.planId)
  }

  /** Waits until the host has answered a plan. */
  answered(planId: string): Promise<PlanView> {
    return eventually(
      () => `plan ${planId} is ready`,
      async () => {
        const plan = await this.product().caller.plans.get({ planId })
        return plan.state === 'requested' ? undefined : plan
      },
    )
  }

  /** Approves the plan as it was shown. */
  async start(plan: PlanView): Promise<string> {
    const started = await this.product().caller.jobs.start({
      planId: plan.id,
      digest: plan.digest ?? '',
      phrase: plan.phrase,
    })
    if (started.type !== 'started') throw new Error(`${started.message} ${started.next}`)
    return started.jobId
  }

  /** Probes until the host is ready again: quarantine is lifted by what a probe reads. */
  async ready(hostId: string): Promise<HostDetail> {
    const host = await this.probe(hostId)
    return host.state === 'ready' ? host : this.host(hostId, 'it is ready', ({ state }) => state === 'ready')
  }

  /** Waits until the last change of a host's kernel policy has its end. */
  policyChanged(hostId: string): Promise<PolicyView> {
    return eventually(
      () => `the policy of ${hostId} was changed`,
      async () => {
        const view = await this.product().caller.kernelPolicy.host({ hostId })
        return view.latest === null || view.latest.state === 'requested' ? undefined : view
      },
    )
  }

  /** Waits until a rollout is in this state. */
  rollout(rolloutId: string, state: RolloutDetail['state']): Promise<RolloutDetail> {
    let last = ''
    return eventually(
      () => `rollout ${rolloutId} is ${state}; it reads ${last}`,
      async () => {
        const rollout = await this.product().caller.rollouts.get({ rolloutId })
        last = `${rollout.state} ${rollout.reason} ${JSON.stringify(rollout.causes)}`
        return rollout.state === state ? rollout : undefined
      },
    )
  }

  /** Waits for a job's end. */
  ended(jobId: string): Promise<JobDetail> {
    let last = ''
    return eventually(
      () => `job ${jobId} ended; it reads ${last}`,
      async () => {
        const job = await this.product().caller.jobs.get({ jobId })
        last = `${job.state}: ${job.message} (${job.steps.map((step) => `${step.name} ${step.state}`).join(', ')})`
        return isEnded(job.state) ? job : undefined
      },
    )
  }

  /** Plan, approval and the whole conversion. */
  async convert(host: HostDetail, daxName: string, zone: ZoneName = 'movable'): Promise<JobDetail> {
    return this.ended(await this.start(await this.plan(host, daxName, zone)))
  }

  /** Plan, approval and the whole way back. */
  async giveBack(
    host: HostDetail,
    daxName: string,
    onPartial: PartialPolicy = 'roll_back',
  ): Promise<JobDetail> {
    return this.ended(await this.start(await this.planBack(host, daxName, onPartial)))
  }

  /** Plan, approval and the whole of keeping a device over reboots, or of keeping it no more. */
  async keep(host: HostDetail, daxName: string, kind: 'persist' | 'unpersist'): Promise<JobDetail> {
    const asked = kind === 'persist' ? { kind, zone: 'movable' as const } : { kind }
    return this.ended(await this.start(await this.planned(host, daxName, asked)))
  }
}
