import type { BlockSpan, Direction, JournalLine, OfflineItem, ReadBack } from '../protocol'
import { TAKEN_UP } from './acting'
import type { Judgement, Story } from './outcome'
import { judgeOffline } from './share-outcome'
import { Taking } from './taking'

/** The acting process that takes a share of a device offline; kmem keeps the device. */
export class Offliner extends Taking<OfflineItem> {
  async begin(): Promise<void> {
    const unwritten = await this.passGate()
    if (unwritten !== null) return this.finish(unwritten)
    await this.takeShare()
    await this.finish(null)
  }

  /** Goes on with what is still online, or (`back`) brings back online what was. */
  async recover(direction: Direction, lines: readonly JournalLine[]): Promise<void> {
    this.takeUp(lines)
    this.course.stopped = direction === 'back'
    if ((await this.driver()) === 'kmem') {
      if (direction === 'forward') await this.takeShare()
      else await this.rollBack()
    }
    await this.finish(null, TAKEN_UP)
  }

  private async takeShare(): Promise<void> {
    const trouble = await this.takeOffline()
    this.note(trouble)
    if (trouble !== null || this.course.stopped) await this.settlePartial()
  }

  protected toGo(): BlockSpan[] {
    return this.item.share.blocks
  }

  protected judge(read: ReadBack, story: Story): Judgement {
    return judgeOffline(this.item, read, story)
  }
}
