import { DAX, DRIVERS, type Setting, type Subject } from './subject'

export interface Scenario {
  name: string
  setting?: Setting
  /** What happens, and what is looked at. */
  run: (host: Subject) => Promise<unknown>
  /** On the model and on the kernel alike. */
  expected: unknown
  /** The kernel keeps it until it starts anew. */
  needsRestart?: true
}

export const onDeviceDax = { driver: 'device_dax', blocks: [] }
export const whole = { driver: 'kmem', blocks: ['33-39 online Movable'] }

/** By hand what daxctl does: to kmem, the blocks left as they come. */
export async function bindByHand(host: Subject): Promise<string[]> {
  return [
    await host.write(`${DRIVERS}/device_dax/unbind`, DAX),
    await host.write(`${DRIVERS}/kmem/new_id`, DAX),
    await host.write(`${DRIVERS}/kmem/remove_id`, DAX),
  ]
}

export const codesOf = ({ refusals }: { refusals: { code: string }[] }) => refusals.map(({ code }) => code)
