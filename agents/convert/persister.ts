import { explainErrno } from '../lib/errno'
import { firstDifferent } from '../persist/files'
import type { Direction, PersistItem, ReadBack, Refusal, Step, UnpersistItem } from '../protocol'
import { recheckDevice } from './act-recheck'
import { Acting, TAKEN_UP } from './acting'
import type { Judgement, Story } from './outcome'

const STEPS: readonly [Step, string][] = [
  ['install', 'Program and unit are in place.'],
  ['persist', 'The file of the device is in place.'],
  ['unpersist', 'The file of the device is gone.'],
  ['uninstall', 'Program and unit are gone.'],
]

/** The acting process that puts a device's files in place, or takes them away. The kernel is told nothing. */
export class Persister extends Acting<PersistItem | UnpersistItem> {
  async begin(): Promise<void> {
    const unwritten = await this.passGate()
    if (unwritten !== null) return this.finish(unwritten)
    await this.writeFiles()
    await this.finish(null)
  }

  /** Each file is whole or not at all, and writing it twice is as once: whatever was left undone is simply done. */
  async recover(direction: Direction): Promise<void> {
    this.course.passedGate = true
    this.course.stopped = direction === 'back'
    if (direction === 'forward') await this.writeFiles()
    else this.note(await this.step('unpersist', () => this.writeEach(this.item.recovery), 'It is as before.'))
    await this.finish(null, TAKEN_UP)
  }

  private async writeFiles(): Promise<void> {
    for (const [step, done] of STEPS) {
      const writes = this.planned(step)
      if (writes.length === 0) continue
      if (await this.isStopAsked()) return
      const trouble = await this.step(step, () => this.writeEach(writes), done)
      if (trouble !== null) return this.note(trouble)
    }
  }

  protected async look(): Promise<Refusal | null> {
    if (this.item.kind === 'unpersist') return null
    const looked = await recheckDevice(this.host, this.item, 'kmem')
    return 'code' in looked ? looked : null
  }

  protected judge(read: ReadBack, { trouble, remark, stopped }: Story): Judgement {
    const { kind, files } = this.item
    const wrong = firstDifferent(files, read.files ?? [])
    const told = [remark, trouble].flatMap((sentence) => sentence ?? [])
    const next = 'Make a new plan: it does what is left to do.'
    if (wrong !== null) {
      told.push(`${wrong.path} is not as planned.`)
      return { outcome: stopped ? 'cancelled' : 'failed', message: told.join(' '), next }
    }
    told.push(
      kind === 'persist'
        ? 'It comes back after each start of the host.'
        : 'It comes back after a start no more.',
    )
    return { outcome: `${kind}ed`, message: told.join(' '), next: '' }
  }

  protected override async writeEach(
    writes: Parameters<Acting<PersistItem | UnpersistItem>['writeEach']>[0],
  ) {
    for (const write of writes) {
      const { errno } = await this.write(write)
      if (errno !== 0) return `${write.path} could not be written: ${explainFileErrno(errno)}.`
    }
    return null
  }
}

function explainFileErrno(errno: number): string {
  if (errno === 28) return 'no space is left on its filesystem'
  if (errno === 30) return 'its filesystem is read-only'
  return explainErrno(errno)
}
