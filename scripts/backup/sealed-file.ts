import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { LaunchError } from '../launch/launch-error'

/** A line in the clear, so that a backup says which key opens it; then AES-256-GCM over gzip; then its tag. */
const magic = 'daxfleet-backup 1'
const tagBytes = 16
const longestHeader = 200

/** Names a key without telling anything of it. */
export function keyId(key: Buffer): string {
  return createHash('sha256').update('daxfleet backup key').update(key).digest('hex').slice(0, 16)
}

/** Writes lines (without line breaks) sealed with `key`. The file is there whole or not at all, and for its owner only. */
export async function writeSealed(file: string, key: Buffer, lines: AsyncIterable<string>): Promise<void> {
  const iv = randomBytes(12)
  const header = Buffer.from(`${magic} ${keyId(key)} ${iv.toString('hex')}\n`)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  // What says which key and which start it was sealed with is sealed against change as well.
  cipher.setAAD(header)
  const draft = `${file}.${process.pid}.part`
  try {
    const out = fs.createWriteStream(draft, { mode: 0o600, flags: 'wx' })
    out.write(header)
    await pipeline(Readable.from(withBreaks(lines)), createGzip({ level: 6 }), cipher, out)
    const handle = await fs.promises.open(draft, 'a')
    try {
      await handle.write(cipher.getAuthTag())
      await handle.sync()
    } finally {
      await handle.close()
    }
    await fs.promises.rename(draft, file)
  } finally {
    await fs.promises.rm(draft, { force: true })
  }
}

async function* withBreaks(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`
}

/**
 * Gives the lines of a sealed file to `take`, which must not make anything of them last before this resolves: only then is
 * it known that every byte is as it was written. Throws LaunchError with a sentence for another key, a damaged or a cut file.
 */
export async function readSealed(
  file: string,
  key: Buffer,
  take: (lines: AsyncIterable<string>) => Promise<void>,
): Promise<void> {
  const { header, iv } = await readHeader(file, key)
  const { size } = await fs.promises.stat(file)
  const end = size - tagBytes
  if (end <= header.length) throw damaged(file)
  const tag = Buffer.alloc(tagBytes)
  const handle = await fs.promises.open(file)
  try {
    await handle.read(tag, 0, tagBytes, end)
  } finally {
    await handle.close()
  }
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes })
  decipher.setAAD(header)
  decipher.setAuthTag(tag)
  const plain = createGunzip()
  const reading = pipeline(fs.createReadStream(file, { start: header.length, end: end - 1 }), decipher, plain)
  // Whoever takes the lines fails as well where the stream breaks; the stream says why.
  const taking = take(linesOf(plain))
  const [read, taken] = await Promise.allSettled([reading, taking])
  if (taken.status === 'rejected' && taken.reason instanceof LaunchError) throw taken.reason
  if (read.status === 'rejected') throw damaged(file)
  if (taken.status === 'rejected') throw taken.reason
}

/** Not readline's, which forgets what came before somebody asked. */
async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let partial: Buffer[] = []
  for await (const chunk of bytes) {
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      yield Buffer.concat([...partial, chunk.subarray(from, at)]).toString('utf8')
      partial = []
      from = at + 1
    }
    if (from < chunk.length) partial.push(chunk.subarray(from))
  }
  if (partial.length > 0) throw new Error('the last line has no end')
}

async function readHeader(file: string, key: Buffer): Promise<{ header: Buffer; iv: Buffer }> {
  const handle = await fs.promises.open(file).catch(() => {
    throw new LaunchError(`${file} cannot be read.`)
  })
  try {
    const start = Buffer.alloc(longestHeader)
    const { bytesRead } = await handle.read(start, 0, longestHeader, 0)
    const at = start.subarray(0, bytesRead).indexOf(10)
    const [word, version, id, iv] = start.subarray(0, Math.max(0, at)).toString('latin1').split(' ')
    if (`${word} ${version}` !== magic || iv === undefined || !/^[0-9a-f]{24}$/.test(iv))
      throw new LaunchError(`${file} is no backup of Daxfleet, or of a newer version.`)
    if (id !== keyId(key))
      throw new LaunchError(
        `This key does not open ${file}: it was sealed with key ${id}, this one is ${keyId(key)}. Give the backup-key that was kept with it; without it nobody can open the backup.`,
      )
    return { header: start.subarray(0, at + 1), iv: Buffer.from(iv, 'hex') }
  } finally {
    await handle.close()
  }
}

function damaged(file: string): LaunchError {
  return new LaunchError(`${file} is damaged or cut off: nothing of it was taken. Use another copy.`)
}
