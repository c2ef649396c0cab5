import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { shareAnswers } from '@/app/_lib/share-answers'
import { SteeredLocks } from '@/test/support/steered-locks'

const URL = '/api/trpc/hosts.summary'

/** Channels of the tabs, to be closed after the test. */
const channels: BroadcastChannel[] = []
const RealChannel = BroadcastChannel

/** A server whose answers wait to be let go; each is numbered by when its question came. */
function server(status = 200) {
  const asked: { url: string; answer: (status?: number) => void; fail: () => void }[] = []
  const ask = (url: string) =>
    new Promise<Response>((resolve, reject) => {
      const nth = asked.length + 1
      asked.push({
        url,
        answer: (given = status) => resolve(new Response(`answer ${nth}`, { status: given })),
        fail: () => reject(new TypeError('Failed to fetch')),
      })
    })
  return { asked, ask }
}

/** Tabs of one browser that ask the same server. */
function tabs(count: number, ask: (url: string) => Promise<Response>) {
  const locks = new SteeredLocks()
  return Array.from({ length: count }, () => {
    const shared = shareAnswers(ask, locks as unknown as LockManager)
    return (url = URL, init?: RequestInit) => shared(url, init).then((response) => response.text())
  })
}

/** The clock is the test's: a question is later than a wish when the test says so. */
const later = () => vi.setSystemTime(Date.now() + 10)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  vi.stubGlobal(
    'BroadcastChannel',
    class extends RealChannel {
      constructor(name: string) {
        super(name)
        channels.push(this)
      }
    },
  )
})
afterEach(() => {
  for (const channel of channels.splice(0)) channel.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('asks once for all that wait, and once more only for those who came while the first was under way', async () => {
  const { asked, ask } = server()
  const [first, ...others] = tabs(8, ask)
  const its = first?.()
  expect(asked).toHaveLength(1)
  later()
  const theirs = others.map((tab) => tab())
  expect(asked).toHaveLength(1)
  later()
  asked[0]?.answer()
  expect(await its).toBe('answer 1')
  await vi.waitUntil(() => asked.length === 2)
  asked[1]?.answer()
  expect(await Promise.all(theirs)).toEqual(theirs.map(() => 'answer 2'))
  expect(asked).toHaveLength(2)
})

it('never takes the answer to a question that left before, for it may be from before the change', async () => {
  const { asked, ask } = server()
  const [first, second] = tabs(2, ask)
  const its = first?.()
  later()
  const wished = second?.()
  asked[0]?.answer()
  await its
  await vi.waitUntil(() => asked.length === 2)
  asked[1]?.answer()
  expect(await wished).toBe('answer 2')
})

it('keeps different questions apart, and does not have them wait for each other', async () => {
  const { asked, ask } = server()
  const [first, second] = tabs(2, ask)
  const one = first?.('/api/trpc/rollouts.list')
  const other = second?.('/api/trpc/audit.list')
  expect(asked.map(({ url }) => url)).toEqual(['/api/trpc/rollouts.list', '/api/trpc/audit.list'])
  asked[1]?.answer()
  asked[0]?.answer()
  expect(await Promise.all([one, other])).toEqual(['answer 1', 'answer 2'])
})

it('shares no refusal and no failure: who waited asks then', async () => {
  const { asked, ask } = server()
  const [first, second, third] = tabs(3, ask)
  const refused = first?.()
  later()
  const failed = second?.()
  const answered = third?.()
  later()
  asked[0]?.answer(403)
  expect(await refused).toBe('answer 1')
  await vi.waitUntil(() => asked.length === 2)
  asked[1]?.fail()
  await expect(failed).rejects.toThrow('Failed to fetch')
  await vi.waitUntil(() => asked.length === 3)
  asked[2]?.answer()
  expect(await answered).toBe('answer 3')
})

it('waits for another tab a few seconds, then asks alone', async () => {
  const { asked, ask } = server()
  const [hangs, waits] = tabs(2, ask)
  void hangs?.()
  later()
  const wished = waits?.()
  await vi.advanceTimersByTimeAsync(3_900)
  expect(asked).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(200)
  expect(asked).toHaveLength(2)
  asked[1]?.answer()
  expect(await wished).toBe('answer 2')
})

it('leaves changes alone: each goes to the server, at once', async () => {
  const { asked, ask } = server()
  const [first, second] = tabs(2, ask)
  const both = [first?.(URL, { method: 'POST' }), second?.(URL, { method: 'POST' })]
  expect(asked).toHaveLength(2)
  for (const { answer } of asked) answer()
  expect(await Promise.all(both)).toEqual(['answer 1', 'answer 2'])
})

it('asks without locks as if there were no other tab', async () => {
  const { asked, ask } = server()
  const alone = [shareAnswers(ask, undefined), shareAnswers(ask, undefined)]
  const both = alone.map((each) => each(URL).then((response) => response.text()))
  expect(asked).toHaveLength(2)
  for (const { answer } of asked) answer()
  expect(await Promise.all(both)).toEqual(['answer 1', 'answer 2'])
})
