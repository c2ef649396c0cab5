import type { Guest } from '../lab/lab'

/** Says so when a guest of the demo ends and nobody asked it to, with the one thing to do about it. */
export function tellWhenOff(
  guests: readonly (Pick<Guest, 'name' | 'whenOff'> & { files: Pick<Guest['files'], 'console'> })[],
  { log, isEnding }: { log: (line: string) => void; isEnding: () => boolean },
): void {
  for (const guest of guests) {
    void guest.whenOff().then(() => {
      if (isEnding()) return
      log(
        `${guest.name} has died: its QEMU process ended, and its host will read as unreachable. ` +
          `Next: press Ctrl-C and run npm run demo again, which starts it anew. Its last words: ${guest.files.console}`,
      )
    })
  }
}
