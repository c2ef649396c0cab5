import { canonicalJson } from '../lib/canonical'
import { explainErrno } from '../lib/errno'
import { idsOf, spansText, toSpans } from '../lib/spans'
import { plannedBlocks } from '../plan/restore-blocks'
import { roomRefusal } from '../plan/restore-refusals'
import type { Direction, JournalLine, ReadBack, Refusal, RestoreItem } from '../protocol'
import { tellWhatHolds } from '../read/holders'
import { readAvailable, readBlocksOf, toRuns } from '../read/memory'
import { recheckDevice } from './act-recheck'
import { Acting, TAKEN_UP } from './acting'
import { lastAttempt } from './journal'
import { type Offlined, offlineBlocks } from './offline'
import { type Judgement, readBack, type Story } from './outcome'
import { judgeRestore, lostBlocks } from './restore-outcome'

/** Unbound is no place to rest, and a child that was killed may not have written. */
const TRIES = 2
const NOT_ALL = 'Not every block is offline, so kmem keeps the device.'

/** The acting process of a giving back. The one write that cannot be undone, kmem/unbind, comes after all were read. */
export class Restorer extends Acting<RestoreItem> {
  /** The giving back from its beginning. */
  async restore(): Promise<void> {
    const unwritten = await this.passGate()
    if (unwritten !== null) return this.finish(unwritten)
    await this.giveBack()
    await this.finish(null)
  }

  /**
   * Goes on where another process died, from what the kernel shows. Where kmem has let go already there is one way only;
   * as long as it has not, `back` brings online what was online.
   */
  async recover(direction: Direction, lines: readonly JournalLine[]): Promise<void> {
    this.course.passedGate = !lastAttempt(lines).some(
      (line) => line.kind === 'step' && line.step === 'post-restore',
    )
    const driver = await this.driver()
    if (driver === 'kmem' || driver === 'device_dax') this.note(await this.releaseFromDeviceDax())
    if (driver === 'kmem') {
      this.course.stopped = direction === 'back'
      if (direction === 'forward') await this.giveBack()
      else {
        this.note(await this.releaseFromKmem())
        await this.rollBack()
      }
    } else if (driver === null && (await this.isUnplugged())) {
      this.note(await this.takeByDeviceDax(true))
    }
    await this.finish(null, TAKEN_UP)
  }

  private async giveBack(): Promise<void> {
    const released = await this.releaseFromKmem()
    if (released !== null || (await this.isStopAsked())) return this.note(released)
    const trouble = await this.step('offline', () => this.offline(), 'Every block reads offline.')
    if (trouble !== null || (await this.isStopAsked())) {
      this.note(trouble)
      return this.settlePartial()
    }
    const unbound = await this.letGo()
    if (unbound === null) return this.note(await this.takeByDeviceDax(false))
    this.note(unbound)
    if ((await this.driver()) === 'kmem') {
      this.note(await this.releaseFromDeviceDax())
      return this.settlePartial()
    }
    if ((await this.driver()) === null && (await this.isUnplugged()))
      this.note(await this.takeByDeviceDax(true))
  }

  private releaseFromKmem(): Promise<string | null> {
    const own = this.planned('release').filter(({ path }) => path.includes('/kmem/'))
    return this.step('release', () => this.writeEach(own), "The id is off kmem's list.")
  }

  /** Everything offline, or the sentence why not. */
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
    const there = (await this.presentBlocks()).filter(({ state }) => state !== 'offline')
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

  private refuse(message: string): string {
    const next = 'Stop what holds the memory, or give it more time, then plan again.'
    this.course.refusal ??= { code: 'not_offline', message, next }
    return message
  }

  /** Part of it is offline, or all of it, and kmem keeps the device. */
  private async settlePartial(): Promise<void> {
    if (this.item.policy.onPartial === 'roll_back') await this.rollBack()
  }

  /** What was online comes online again, each block into the zone it had. No stop ends that. */
  private async rollBack(): Promise<void> {
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

  /** kmem lets go, after a last look at every block: with one online the device would be lost until a restart. */
  private async letGo(): Promise<string | null> {
    const claim = this.planned('claim')
    if (claim.length > 0) {
      const claimed = await this.step(
        'claim',
        () => this.writeEach(claim),
        'The id is listed with device_dax.',
      )
      if (claimed !== null) return claimed
    }
    return this.step(
      'unbind',
      async () => {
        await this.journal.flush()
        const looked = await recheckDevice(this.host, this.item, 'kmem')
        if ('code' in looked) {
          this.course.refusal ??= looked
          return looked.message
        }
        const states = (await this.presentBlocks()).map(({ state }) => state)
        if (states.some((state) => state !== 'offline')) return this.refuse(NOT_ALL)
        const trouble = await this.writeAll('unbind')
        if (trouble !== null) return trouble
        if ((await this.driver()) !== null) return `The device is still bound to ${await this.driver()}.`
        return (await this.isUnplugged()) ? null : 'kmem let go of it, but its memory is still plugged in.'
      },
      'kmem let the device go, and its memory is unplugged.',
    )
  }

  private async takeByDeviceDax(claims: boolean): Promise<string | null> {
    const trouble = await this.step(
      'bind',
      async () => {
        const listed = claims ? await this.writeEach(this.planned('claim')) : null
        if (listed !== null) return listed
        // A write to new_id takes a device without a driver at once; else it is taken by name.
        let failed: string | null = null
        for (let tries = 0; tries < TRIES && (await this.driver()) === null; tries++)
          failed = await this.writeAll('bind')
        const driver = await this.driver()
        if (driver === 'device_dax') return null
        return failed ?? `The write succeeded, but the device is bound to ${driver ?? 'no driver'}.`
      },
      'device_dax took the device.',
    )
    const released = await this.releaseFromDeviceDax()
    return trouble ?? released
  }

  /** An id that stays would take a later device of that name, as one in kmem's list would. */
  private async releaseFromDeviceDax(): Promise<string | null> {
    const own = this.planned('release').filter(({ path }) => path.includes('/device_dax/'))
    if (own.length === 0) return null
    return this.step('release', () => this.writeEach(own), "The id is off device_dax's list.")
  }

  private presentBlocks() {
    return readBlocksOf(this.host, [...idsOf(this.item.prediction.blocks)], new Map())
  }

  private async isUnplugged(): Promise<boolean> {
    return (await this.presentBlocks()).length === 0
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

  protected async look(): Promise<Refusal | null> {
    const { host, item } = this
    const looked = await recheckDevice(host, item, 'kmem')
    if ('code' in looked) return looked
    const now = plannedBlocks(toRuns(await this.presentBlocks()))
    if (canonicalJson(now) !== canonicalJson(item.preconditions.blocks)) {
      const message = `The blocks of ${item.preconditions.daxName} are not as planned any more.`
      return { code: 'plan_changed', message, next: 'Make a new plan and have it approved.' }
    }
    return this.roomFor(BigInt(item.lossBytes))
  }

  protected judge(read: ReadBack, story: Story): Judgement {
    return judgeRestore(this.item, read, story)
  }
}
