import type { Page } from 'playwright-core'

const AT_ONCE = 4

/** Calls a procedure as the page it is on does. */
export async function call<T>(page: Page, procedure: string, input: unknown): Promise<T> {
  const answer = await page.evaluate(
    async ([path, json]) => {
      const body = JSON.stringify({ json })
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(`/api/trpc/${path}`, { method: 'POST', headers, body })
      return response.text()
    },
    [procedure, input] as const,
  )
  return read(procedure, answer)
}

/** The same for a procedure that only reads. */
export async function ask<T>(page: Page, procedure: string, input: unknown): Promise<T> {
  const address = `/api/trpc/${procedure}?input=${encodeURIComponent(JSON.stringify({ json: input }))}`
  const answer = await page.evaluate(async (path) => (await fetch(path)).text(), address)
  return read(procedure, answer)
}

function read<T>(procedure: string, answer: string): T {
  const { result } = JSON.parse(answer)
  if (result === undefined) throw new Error(`${procedure}: ${answer.slice(0, 500)}`)
  return result.data.json
}

/** Makes the first account by the link of the start, and is signed in afterwards. */
export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link, { timeout: 120_000 })
  await page.getByLabel('Your name').fill('Ada Operator')
  await page.getByLabel('E-mail address').fill('ada@example.test')
  await page.getByLabel('Password').fill('correct horse battery')
  await page.getByRole('button', { name: 'Make the account and sign in' }).click()
  await page.waitForURL(/\/hosts/, { timeout: 120_000 })
}

interface PendingKey {
  hostId: string
  keyId: string
  fingerprint: string
}

/** Enters hosts by the lines that "Add hosts" takes, as its page would. */
export async function addHosts(page: Page, lines: string, privateKey: string): Promise<void> {
  const added = await call<{ type: string; credential: { id: string } }>(page, 'credentials.add', {
    ...{ name: 'lab', privateKey },
  })
  const hosts = lines
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', at = '', ...words] = line.split(' ')
      const [, username, address, port] = /^(.+)@(.+):(\d+)$/.exec(at) ?? []
      const labels = Object.fromEntries(words.map((word) => word.split('=')))
      return { name, username, address, port: Number(port), labels }
    })
  for (let from = 0; from < hosts.length; from += 1000) {
    const some = hosts.slice(from, from + 1000)
    const answer = await call<{ type: string }>(page, 'hosts.add', {
      ...{ credentialId: added.credential.id, hosts: some },
    })
    if (answer.type !== 'added') throw new Error(JSON.stringify(answer).slice(0, 500))
  }
}

/** Trusts every key that waits, as somebody would who knows them all; how many there were. */
export async function trustAll(page: Page): Promise<number> {
  const pending = await call<{ keys: PendingKey[] }>(page, 'hostKeys.pending', { knownHosts: null })
  const waiting = [...pending.keys]
  const lane = async () => {
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift())
      await call(page, 'hosts.reviewKey', {
        ...{ hostId: key.hostId, keyId: key.keyId, fingerprint: key.fingerprint, decision: 'trust' },
      })
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return pending.keys.length
}
