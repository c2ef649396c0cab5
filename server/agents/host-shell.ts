import { z } from 'zod'

/**
 * The shell text that runs on hosts, all of it. Fixed, for any POSIX shell (dash, busybox ash, bash); the only
 * thing ever put into it is a SHA-256 in hex, checked here. Everything else goes by stdin.
 */
const digestSchema = z.string().regex(/^[0-9a-f]{64}$/)

/** Where the account keeps agents. Its own folder, never one under /tmp that others can guess and fill. */
const folder = '"$HOME/.daxfleet"'

/**
 * Says who we are there and which of these agents lies ready. One `key=value` a line; values are untrusted.
 * `agent=` is told only for a regular file in a real folder, both the account's own, 0700.
 */
export function lookCommand(digests: readonly string[]): string {
  const wanted = digests.map((digest) => digestSchema.parse(digest)).join(' ')
  return [
    'LC_ALL=C; export LC_ALL; umask 077',
    'echo "uid=$(id -u)"; echo "machine=$(uname -m)"; echo "home=$HOME"',
    `d=${folder}`,
    'if [ -d "$d" ] && [ ! -L "$d" ]; then echo "folder=$(stat -c "%u %a" "$d")"; fi',
    `for h in ${wanted}; do f="$d/agent-$h"`,
    'if [ -f "$f" ] && [ ! -L "$f" ]; then echo "agent=$h $(stat -c "%u %a" "$f") $(sha256sum < "$f")"; fi',
    'done; echo "looked=yes"',
  ].join('\n')
}

/** Receives the agent on stdin, checks it and puts it in place; `placed=yes` is the last line when it worked. */
export function placeCommand(digest: string): string {
  const hex = digestSchema.parse(digest)
  return [
    'LC_ALL=C; export LC_ALL; umask 077',
    `d=${folder}; f="$d/agent-${hex}"; t="$f.$$"`,
    'if [ -L "$d" ]; then echo "problem=$d is a symbolic link"; exit 1; fi',
    'mkdir -p "$d" && chmod 700 "$d" || { echo "problem=cannot make $d"; exit 1; }',
    `trap 'rm -f "$t"' EXIT`,
    'cat > "$t" || { echo "problem=cannot write to $d (disk full or read-only?)"; exit 1; }',
    `s=$(sha256sum < "$t"); [ "$s" = "${hex}  -" ] || { echo "problem=what arrived is not what was sent"; exit 1; }`,
    'chmod 700 "$t" && sync && mv -f "$t" "$f" || { echo "problem=cannot move the agent into $d"; exit 1; }',
    // The agents of earlier versions; one that still runs keeps its file until it ends.
    `for o in "$d"/agent-*; do [ "$o" = "$f" ] || rm -f "$o"; done`,
    'echo "placed=yes"',
  ].join('\n')
}

/** Starts the agent; the request follows on stdin. */
export function runCommand(digest: string, uid: number): string {
  const program = `"$HOME/.daxfleet/agent-${digestSchema.parse(digest)}"`
  return uid === 0 ? `exec ${program}` : `LC_ALL=C exec sudo -n -- ${program}`
}
