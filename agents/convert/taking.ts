import { canonicalJson } from '../lib/canonical'
import { explainErrno } from '../lib/errno'
import { idsOf, inSpans, spansText, toSpans } from '../lib/spans'
import { plannedBlocks } from '../plan/restore-blocks'
import { roomRefusal } from '../plan/restore-refusals'
import type { BlockSpan, OfflineItem, OnlineItem, Refusal, RestoreItem } from '../protocol'
import { tellWhatHolds } from '../read/holders'
import { readAvailable, readBlocksOf, toRuns } from '../read/memory'
import { recheckDevice } from './act-recheck'
import { Acting } from './acting'
import { type Offlined, offlineBlocks } from './offline'
import { readBack } from './outcome'
import { lostBlocks } from './restore-outcome'

/** Acting on blocks of a device that kmem holds. */
export abstract class OnBlocks<Item extends RestoreItem | OnlineItem | OfflineItem> extends Acting<Item> {
  protected presentBlocks() {
    return readBlocksOf(this.host, [...idsOf(this.item.prediction.blocks)], new Map())
  }

  protected async look(): Promise<Refusal | null> {
    const { host, item } = this
    const looked = await recheckDevice(host, item, 'kmem')
    if ('code' in looked) return looked
    const now = plannedBlocks(toRuns(await this.presentBlocks()))
    if (canonicalJson(now) === canonicalJson(item.preconditions.blocks)) return null
    const message = `The blocks of ${item.preconditions.daxName} are not as planned any more.`
    return { code: 'plan_changed', message, next: 'Make a new plan and have it approved.' }
  }
}

/** Takes blocks offline: of a whole device, or a share of one. */
export abstract class Taking<Item extends RestoreItem | OfflineItem> extends OnBlocks<Item> {
  /** The blocks that are to be offline in the end. */
  protected abstract toGo(): BlockSpan[]

  /** The step `offline`; the sentence why not all went. */
  protected takeOffline(): Promise<string | null> {
    return this.step('offline', () => this.offline(), 'Every block reads offline.')
  }

  private async offline(): Promise<string | null> {
    for (const write of this.planned('offline')) {
      const offlined = await offlineBlocks(this.host, this.journal, {
        write,
        limitMs: this.item.policy.offlineSeconds * 1000,
        isStopAsked: () => this.isStopAsked(),
        mayGoOn: (left) => this.keepsFloor(left),
      })
      if (offlined.forbidden) return this.course.refusal?.message ?? null
      if (offlined.stopped) return null
      if (offlined.failure !== null) return this.tellWhy(offlined.failure)
    }
    const going = this.toGo()
    const there = (await this.presentBlocks()).filter(
      ({ id, state }) => state !== 'offline' && inSpans(going, id),
    )
    if (there.length === 0) return null
    return this.refuse(`Blocks ${spansText(toSpans(there.map(({ id }) => id)))} do not read offline.`)
  }

  private async tellWhy({ block, errno, triedMs }: NonNullable<Offlined['failure']>): Promise<string> {
    const [found] = await readBlocksOf(this.host, [block], new Map())
    const how =
      errno === 4
        ? `the kernel had not done it after ${Math.round(triedMs / 1000)} s and was interrupted`
        : `${explainErrno(errno)}, tried for ${Math.round(triedMs / 1000)} s`
    const zone = found === undefined || found.zones === '' ? '' : ` It is in the zone ${found.zones}.`
    const held = await tellWhatHolds(this.host, this.item.invariants.targetNode)
    return this.refuse(`Block ${block} did not go offline: ${how}.${zone} ${held}`)
  }

  protected refuse(message: string): string {
    const next = 'Stop what holds the memory, or give it more time, then plan again.'
    this.course.refusal ??= { code: 'not_offline', message, next }
    return message
  }

  /** Part of it is offline, or all of it, and kmem keeps the device. */
  protected async settlePartial(): Promise<void> {
    if (this.item.policy.onPartial === 'roll_back') await this.rollBack()
  }

  /** What was online comes online again, each block into the zone it had. No stop ends that. */
  protected async rollBack(): Promise<void> {
    const trouble = await this.step(
      'online',
      async () => {
        for (const write of this.planned('online', this.item.recovery)) {
          await this.write(write, null)
        }
        const lost = lostBlocks(this.item, await readBack(this.host, this.item))
        return lost.length === 0
          ? null
          : `Blocks ${spansText(toSpans(lost))} did not come back online as they were.`
      },
      'Every block that was online is online again, in the zone it had.',
    )
    this.note(trouble)
  }

  /** The floor against what is still to go: below it no further block is begun. */
  private async keepsFloor(blocksLeft: number): Promise<boolean> {
    const leftBytes = BigInt(blocksLeft) * BigInt(this.item.invariants.blockSizeBytes)
    this.course.refusal ??= await this.roomFor(leftBytes)
    return this.course.refusal === null
  }

  private async roomFor(lossBytes: bigint): Promise<Refusal | null> {
    if (lossBytes === 0n) return null
    const { preconditions, policy } = this.item
    const figures = await readAvailable(this.host)
    return roomRefusal(preconditions.daxName, figures, lossBytes, BigInt(policy.floorBytes))
  }

  protected override async look(): Promise<Refusal | null> {
    return (await super.look()) ?? this.roomFor(BigInt(this.item.lossBytes))
  }
}
