import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { findCompiler } from '@/scripts/agent/compilers'
import { run } from '@/scripts/lib/child'

const SOURCE = fileURLToPath(new URL('../../agents/quickjs/sha256.c', import.meta.url))
const CACHE = fileURLToPath(new URL('../../.cache/agent/', import.meta.url))
const LENGTHS = 300
/** Prints the digest of each beginning of the text on its stdin, the empty one first. */
const PROGRAM = `#include <stddef.h>
#include <stdio.h>
void sha256_hex(const char *text, size_t length, char hex[64]);
int main(void)
{
    static char text[${LENGTHS}];
    char hex[64];
    size_t size = fread(text, 1, sizeof text, stdin);
    for (size_t length = 0; length <= size; length++) {
        sha256_hex(text, length, hex);
        printf("%.64s\\n", hex);
    }
    return 0;
}
`

it("the agent's SHA-256 is OpenSSL's, whatever the length", { timeout: 120_000 }, async () => {
  const signal = AbortSignal.timeout(120_000)
  const native = process.arch === 'arm64' ? 'arm64' : 'x64'
  const { program, args } = await findCompiler(native, CACHE, signal)
  const folder = await mkdtemp(join(tmpdir(), 'daxfleet-sha256-'))
  try {
    await writeFile(join(folder, 'main.c'), PROGRAM)
    const compiled = await run(program, [...args, '-static', '-o', 'digests', 'main.c', SOURCE], {
      cwd: folder,
      signal,
      timeoutMs: 60_000,
    })
    expect(compiled.status, compiled.stderr).toBe(0)
    const stdin = Array.from({ length: LENGTHS }, (_, index) => String.fromCharCode(33 + (index % 90))).join(
      '',
    )
    const printed = await run(join(folder, 'digests'), [], { stdin, timeoutMs: 10_000, signal })
    const expected = Array.from({ length: LENGTHS + 1 }, (_, length) =>
      createHash('sha256').update(stdin.slice(0, length)).digest('hex'),
    )
    expect(printed.stdout.trim().split('\n')).toEqual(expected)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
