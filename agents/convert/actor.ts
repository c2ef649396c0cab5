import type { ConvertItem, Direction, JournalLine, PlannedWrite, ReadBack, Refusal } from '../protocol'
import { exists } from '../read/files'
import { recheck } from './act-recheck'
import type { Written } from './act-writes'
import { Acting, TAKEN_UP } from './acting'
import { type Judgement, judge, readBack, type Story } from './outcome'

const KMEM = '/sys/bus/dax/drivers/kmem'

/** The acting process of a conversion: the approved writes in their order, then the read-back; only the journal is told. */
export class Actor extends Acting<ConvertItem> {
  /** Set once the id is in kmem's list: from then on it must be taken off on every way out. */
  private listed = false

  /** The conversion from its beginning. */
  async begin(): Promise<void> {
    const unwritten = await this.passGate()
    if (unwritten !== null) return this.finish(unwritten)
    if (this.planned('bind').length > 0) {
      await this.guarded(() => this.claimUnbindBind())
      if (this.listed) this.note(await this.release())
    }
    await this.onlineUnlessStopped()
    await this.finish(null)
  }

  /**
   * Goes on where another process died, from what the kernel shows. On device_dax it stays there: that is a safe
   * place, and whoever wants it converted plans again. Never back while a block is plugged; the id goes off kmem's
   * list in every case.
   */
  async recover(direction: Direction, lines: readonly JournalLine[]): Promise<void> {
    this.takeUp(lines)
    const driver = await this.driver()
    const plugged = (await readBack(this.host, this.item)).blocks.length > 0
    this.course.stopped = direction === 'back'
    this.listed = this.planned('release').length > 0 && (await exists(this.host, KMEM))
    if (driver === null && !plugged) {
      await this.guarded(() => (direction === 'back' ? this.goBack() : this.bindAgain()))
    } else if (driver === 'device_dax') this.note('The process that acted died before the device was let go.')
    if (this.listed) this.note(await this.release())
    await this.onlineUnlessStopped()
    await this.finish(null, TAKEN_UP)
  }

  /** Whatever fails in `act`, unbound is no place to stay: back to device_dax, harmless while no block is there. */
  private async guarded(act: () => Promise<string | null>): Promise<void> {
    try {
      const trouble = await act()
      if (trouble === null && !this.course.stopped) return
      this.note(trouble)
    } catch (error) {
      this.note(error instanceof Error ? error.message : String(error))
    }
    this.note(await this.goBack())
  }

  private async claimUnbindBind(): Promise<string | null> {
    const { course, host, item, journal } = this
    const claim = await this.step(
      'claim',
      () => this.writeAll('claim'),
      this.planned('release').length > 0 ? 'The id is listed with kmem.' : 'kmem takes this kind by itself.',
    )
    if (claim !== null || (await this.isStopAsked())) return claim
    const unbind = await this.step(
      'unbind',
      async () => {
        await journal.flush()
        course.refusal = await recheck(host, item, 'before_unbind')
        if (course.refusal !== null) return course.refusal.message
        const trouble = await this.writeAll('unbind')
        if (trouble !== null) return trouble
        const driver = await this.driver()
        return driver === null ? null : `The device is still bound to ${driver}.`
      },
      'device_dax let the device go.',
    )
    if (unbind !== null || (await this.isStopAsked())) return unbind
    return this.bind([])
  }

  /** Unbound by the one that died: listed again, then bound, after a look at all that may have changed meanwhile. */
  private async bindAgain(): Promise<string | null> {
    this.course.refusal = await recheck(this.host, this.item, 'recovery')
    if (this.course.refusal !== null) return this.course.refusal.message
    return this.bind(this.planned('claim'))
  }

  private bind(first: PlannedWrite[]): Promise<string | null> {
    return this.step(
      'bind',
      async () => {
        const listing = await this.writeEach(first)
        if (listing !== null) return listing
        // A write to new_id takes a device without a driver at once; else it is taken by name.
        if ((await this.driver()) !== 'kmem') {
          const trouble = await this.writeAll('bind')
          if (trouble !== null) return trouble
        }
        // A write that succeeds can hide a failed probe: only the link tells.
        const driver = await this.driver()
        return driver === 'kmem'
          ? null
          : `The write succeeded, but the device is bound to ${driver ?? 'no driver'}.`
      },
      'kmem took the device.',
    )
  }

  private release(): Promise<string | null> {
    return this.step(
      'release',
      async () => {
        const trouble = await this.writeAll('release')
        if (trouble === null) this.listed = false
        return trouble
      },
      "The id is off kmem's list.",
    )
  }

  private async goBack(): Promise<string | null> {
    await this.journal.flush()
    if ((await this.driver()) !== null || (await readBack(this.host, this.item)).blocks.length > 0)
      return null
    return this.step(
      'bind',
      async () => {
        const { recovery } = this.item
        const trouble = await this.writeEach(this.planned('bind', recovery))
        // An id that stays would take a later device of that name, data and all.
        const own = this.planned('release', recovery).filter(({ path }) => path.includes('/device_dax/'))
        const left = await this.writeEach(own)
        // A write to new_id that succeeds can hide a failed probe.
        const driver = await this.driver()
        if (driver === 'device_dax') return left
        return `Going back to device_dax failed too. ${trouble ?? `It is bound to ${driver ?? 'no driver'}.`}`
      },
      'Back on device_dax.',
    )
  }

  protected look(): Promise<Refusal | null> {
    return recheck(this.host, this.item, 'first')
  }

  protected judge(read: ReadBack, story: Story): Judgement {
    return judge(this.item, read, story)
  }

  protected override write(write: PlannedWrite): Promise<Written> {
    if (write.path === `${KMEM}/new_id`) this.listed = true
    return super.write(write)
  }
}
