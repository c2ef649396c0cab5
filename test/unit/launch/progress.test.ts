import { expect, it } from 'vitest'
import { tellWhenOff } from '@/scripts/launch/guest-watch'
import { Progress } from '@/scripts/launch/progress'

it('a start that takes long tells what it is at, again and again, and stops when it is done', async () => {
  const said: string[] = []
  let finish = () => {}
  const told = new Promise<void>((resolve) => {
    const progress = new Progress((line) => {
      said.push(line)
      if (said.length === 2) resolve()
    }, 5)
    const work = new Promise<string>((done) => {
      finish = () => done('built')
    })
    void progress.during('building the agent', work)
    void progress.during('starting the database', work)
  })
  await told
  finish()
  expect(said[0]).toBe('  still building the agent (0 s), starting the database (0 s)')
})

it('what fails while it is told of fails as it would have', async () => {
  const progress = new Progress(() => {}, 5)
  await expect(progress.during('building', Promise.reject(new Error('no compiler')))).rejects.toThrow(
    'no compiler',
  )
})

it('a guest of the demo that dies is told of with the next action; one that is powered off is not', async () => {
  const said: string[] = []
  const guest = (name: string) => ({
    name,
    whenOff: () => Promise.resolve(),
    files: { console: `/lab/${name}/console.log` },
  })
  tellWhenOff([guest('small-a')], { log: (line) => said.push(line), isEnding: () => false })
  tellWhenOff([guest('production-b')], { log: (line) => said.push(line), isEnding: () => true })
  await expect
    .poll(() => said)
    .toEqual([expect.stringMatching(/^small-a has died.*npm run demo.*console\.log$/)])
})
