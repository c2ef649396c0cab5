import type { Direction, JournalLine, OnlineItem, ReadBack } from '../protocol'
import { TAKEN_UP } from './acting'
import type { Judgement, Story } from './outcome'
import { judgeOnline } from './share-outcome'
import { OnBlocks } from './taking'

/** The acting process that brings a share of a device on kmem online. */
export class Onliner extends OnBlocks<OnlineItem> {
  async begin(): Promise<void> {
    const unwritten = await this.passGate()
    if (unwritten !== null) return this.finish(unwritten)
    await this.onlineUnlessStopped()
    await this.finish(null)
  }

  /** Goes on with what is still offline, or (`back`) leaves the blocks as they are. */
  async recover(direction: Direction, lines: readonly JournalLine[]): Promise<void> {
    this.takeUp(lines)
    this.course.stopped = direction === 'back'
    await this.onlineUnlessStopped()
    await this.finish(null, TAKEN_UP)
  }

  protected judge(read: ReadBack, story: Story): Judgement {
    return judgeOnline(this.item, read, story)
  }
}
