const gone = '[redacted]'

/** What looks like a secret wherever it stands, told or quoted, whole or cut off. */
const shapes: readonly [pattern: RegExp, instead: string][] = [
  // Private keys; inside JSON their line breaks are two characters.
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g, gone],
  // The body of an OpenSSH key that lost its first line: "openssh-key-v1" in base64.
  [/b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=\s\\'"]*/g, gone],
  // user:password@ of any address.
  [/([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi, `$1:${gone}@`],
  // API tokens of Daxfleet.
  [/\bdxf_[A-Za-z0-9_-]{8,}/g, gone],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${gone}`],
  // One-time links carry their token behind the hash.
  [/(\/(?:enter|setup)#)[A-Za-z0-9_-]{16,}/g, `$1${gone}`],
  // name=value, name: value and "name":"value" of what is called a secret; quotes may be quoted themselves.
  [
    /(\b[\w.-]*(?:password|passphrase|secret|private_?key|session_?token|authorization|cookie)\\*["']?\s*[:=]\s*)(\\+"[\s\S]*?\\+"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;&}]+)/gi,
    `$1${gone}`,
  ],
]

const values = new Set<string>()

/** From now on this very text is in no line of this process. Too short ones are not taken: they are in any text. */
export function keepSecret(value: string): void {
  if (value.length >= 12) values.add(value)
}

/** A text without the secrets in it that are known or look like one. */
export function redact(text: string): string {
  let clean = text
  for (const value of values) clean = clean.replaceAll(value, gone)
  for (const [pattern, instead] of shapes) clean = clean.replace(pattern, instead)
  return clean
}
