import { access, constants, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GuestImage } from './image/build'
import { aliveLine } from './image/recipe'
import { type Accelerator, acceleration, spawnQemu } from './qemu'

/** A guest under KVM runs its first program within a second or two; one that has not by then never will. */
const probeMs = 10_000

/**
 * KVM where it truly boots our guest, else TCG. A /dev/kvm may exist, open, and still not run anything (nested
 * machines), so a guest is booted once; the answer is kept for this boot of the machine.
 */
export async function chooseAccelerator(
  cache: string,
  image: GuestImage,
  signal?: AbortSignal,
): Promise<Accelerator> {
  const usable = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  )
  if (!usable) return 'tcg'
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => 'unknown')).trim()
  const note = join(cache, `accelerator-${boot}`)
  const noted = await readFile(note, 'utf8').catch(() => '')
  if (noted === 'kvm' || noted === 'tcg') return noted
  const found = (await bootsUnderKvm(image, signal)) ? 'kvm' : 'tcg'
  await mkdir(cache, { recursive: true })
  await writeFile(note, found)
  return found
}

async function bootsUnderKvm(image: GuestImage, signal?: AbortSignal): Promise<boolean> {
  const child = await spawnQemu([
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-serial', 'stdio', '-monitor', 'none'],
    ...['-machine', 'q35', ...acceleration('kvm'), '-m', '512M'],
    ...['-kernel', image.kernel, '-initrd', image.initramfs, '-append', 'console=ttyS0 loglevel=5'],
  ])
  return new Promise<boolean>((resolve, reject) => {
    let printed = ''
    const timer = setTimeout(() => end(false), probeMs)
    const onAbort = () => end(false)
    const end = (alive: boolean) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      child.kill('SIGKILL')
      resolve(alive)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    child.stdout.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-65_536)
      if (printed.includes(aliveLine)) end(true)
    })
    child.on('exit', () => end(false))
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
  })
}
