import { describe, expect, it } from 'vitest'
import { run } from '@/agents/run'
import { MemoryHost } from './memory-host'

async function reply(line: string): Promise<unknown> {
  const host = new MemoryHost()
  host.input = [() => ({ line })]
  await run(host, [])
  return JSON.parse(host.lines.at(-1) ?? 'null')
}

describe('a request', () => {
  it.each([
    ['not json', 'bad_request'],
    ['[]', 'bad_request'],
    ['{"verb":"inspect","params":{}}', 'protocol_mismatch'],
    ['{"protocol":2,"verb":"inspect","params":{}}', 'protocol_mismatch'],
    ['{"protocol":1,"verb":"rm","params":{}}', 'unknown_verb'],
    ['{"protocol":1,"verb":"persist","params":{"jobId":"a"}}', 'bad_request'],
    ['{"protocol":1,"verb":"offline","params":{}}', 'bad_request'],
    [
      '{"protocol":1,"verb":"plan","params":{"kind":"online","deviceId":"x","reservedBytes":"0","zone":"movable","shareBytes":"1","blocks":[[1,2]]}}',
      'bad_request',
    ],
    [
      '{"protocol":1,"verb":"plan","params":{"kind":"online","deviceId":"x","reservedBytes":"0","zone":"movable","blocks":[[2,1]]}}',
      'bad_request',
    ],
    [
      '{"protocol":1,"verb":"policy","params":{"token":{"installationId":"a","epoch":"1"},"bootId":"b","from":"offline","to":"online; reboot"}}',
      'bad_request',
    ],
    ['{"protocol":1,"verb":"restore","params":{}}', 'bad_request'],
    ['{"protocol":1,"verb":"recover","params":{"jobId":"a"}}', 'bad_request'],
    ['{"protocol":1,"verb":"fence","params":{"token":{"installationId":"a","epoch":1}}}', 'bad_request'],
    ['{"protocol":1,"verb":"abort","params":{"jobId":"a"}}', 'bad_request'],
    [
      '{"protocol":1,"verb":"adopt","params":{"token":{"installationId":"a","epoch":"1"},"from":"any"}}',
      'bad_request',
    ],
    ['{"protocol":1,"verb":"watch","params":{"everyMs":0}}', 'bad_request'],
    ['{"protocol":1,"verb":"plan","params":{"deviceId":"x","zone":"elsewhere"}}', 'bad_request'],
    ['{"protocol":1,"verb":"attach","params":{"jobId":"../../etc/shadow","fromLine":1}}', 'bad_request'],
    ['{"protocol":1,"verb":"attach","params":{"jobId":"a","fromLine":0}}', 'bad_request'],
    ['{"protocol":1,"verb":"convert","params":{"jobId":"a"}}', 'bad_request'],
  ])('%s is answered with %s', async (line, code) => {
    expect(await reply(line)).toMatchObject({ type: 'error', code })
  })

  it('is answered by hello first, so that versions are known before anything else', async () => {
    const host = new MemoryHost()
    await run(host, [])
    expect(JSON.parse(host.lines[0] ?? 'null')).toMatchObject({ type: 'hello', protocol: 1 })
  })
})
