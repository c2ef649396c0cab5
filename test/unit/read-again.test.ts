import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { expect, it } from 'vitest'
import { readAgain } from '@/app/_lib/read-again'

/** A page that shows one query; each answer is what the server has when the request reaches it, and waits to be let go. */
function page() {
  const queries = new QueryClient()
  const server = { has: 'before' }
  const answers: (() => void)[] = []
  const queryFn = () => {
    const found = server.has
    return new Promise<string>((resolve) => answers.push(() => resolve(found)))
  }
  const observer = new QueryObserver(queries, { queryKey: ['host'], queryFn })
  const stop = observer.subscribe(() => {})
  return { queries, server, answers, stop, shown: () => observer.getCurrentResult().data }
}

it('reads once more what was asked for the first time before the change', async () => {
  const { queries, server, answers, stop, shown } = page()
  expect(answers).toHaveLength(1)
  server.has = 'after'
  void readAgain(queries, { queryKey: ['host'] })
  answers[0]?.()
  await expect.poll(() => answers.length).toBe(2)
  answers[1]?.()
  await expect.poll(shown).toBe('after')
  expect(answers).toHaveLength(2)
  stop()
})

it('reads what is shown already, once', async () => {
  const { queries, server, answers, stop, shown } = page()
  answers[0]?.()
  await expect.poll(shown).toBe('before')
  server.has = 'after'
  void readAgain(queries)
  await expect.poll(() => answers.length).toBe(2)
  answers[1]?.()
  await expect.poll(shown).toBe('after')
  expect(answers).toHaveLength(2)
  stop()
})
