import type { BlockSpan, Direction, JournalLine, ReadBack, RestoreItem } from '../protocol'
import { recheckDevice } from './act-recheck'
import { TAKEN_UP } from './acting'
import { type Judgement, readBack, type Story } from './outcome'
import { judgeRestore, lostBlocks } from './restore-outcome'
import { Taking } from './taking'

/** Unbound is no place to rest, and a child that was killed may not have written. */
const TRIES = 2
const NOT_ALL = 'Not every block is offline, so kmem keeps the device.'

/** The acting process of a giving back. The one write that cannot be undone, kmem/unbind, comes after all were read. */
export class Restorer extends Taking<RestoreItem> {
  /** The giving back from its beginning. */
  async begin(): Promise<void> {
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
    this.takeUp(lines)
    const driver = await this.driver()
    const isLetGo = driver === null && (await this.isUnplugged())
    if (!isLetGo) this.note(await this.releaseFromDeviceDax())
    if (driver === 'kmem') {
      this.course.stopped = direction === 'back'
      if (direction === 'forward') await this.giveBack()
      else {
        this.note(await this.releaseFromKmem())
        await this.rollBack()
      }
    } else if (isLetGo) this.note(await this.takeByDeviceDax(true))
    await this.finish(null, TAKEN_UP)
  }

  private async giveBack(): Promise<void> {
    const released = await this.releaseFromKmem()
    if (released !== null || (await this.isStopAsked())) {
      this.note(released)
      return this.settleLeft()
    }
    const trouble = await this.takeOffline()
    if (trouble !== null || (await this.isStopAsked())) {
      this.note(trouble)
      return this.settlePartial()
    }
    const unbound = await this.letGo()
    if (unbound === null) return this.note(await this.takeByDeviceDax(false))
    this.note(unbound)
    if ((await this.driver()) === null && (await this.isUnplugged()))
      return this.note(await this.takeByDeviceDax(true))
    this.note(await this.releaseFromDeviceDax())
    if ((await this.driver()) === 'kmem') return this.settlePartial()
  }

  /** Ended before a block of ours was asked to go: what a process that died had taken offline is no better for it. */
  private async settleLeft(): Promise<void> {
    if (lostBlocks(this.item, await readBack(this.host, this.item)).length > 0) await this.settlePartial()
  }

  private releaseFromKmem(): Promise<string | null> {
    const own = this.planned('release').filter(({ path }) => path.includes('/kmem/'))
    return this.step('release', () => this.writeEach(own), "The id is off kmem's list.")
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

  private async isUnplugged(): Promise<boolean> {
    return (await this.presentBlocks()).length === 0
  }

  protected toGo(): BlockSpan[] {
    return this.item.prediction.blocks
  }

  protected judge(read: ReadBack, story: Story): Judgement {
    return judgeRestore(this.item, read, story)
  }
}
