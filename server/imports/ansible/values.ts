/**
 * What a variable holds, as far as an import can use it: a text that could be a label or an address, or why it is none.
 * Numbers and booleans are texts here, in the one form an operator would search for.
 */
export type Value = { type: 'text'; text: string } | { type: 'other'; what: OtherValue }
export type OtherValue = 'a list' | 'a mapping' | 'nothing' | 'encrypted by Ansible Vault' | 'damaged'

export const textValue = (text: string): Value => ({ type: 'text', text })
export const otherValue = (what: OtherValue): Value => ({ type: 'other', what })

/**
 * The value of `key=value` in an INI inventory. Ansible reads it as a Python literal where it is one (`0x10` is 16,
 * `'12'` a text), and takes it as it stands where it is none: so `010` stays `010`, which Python refuses as a number.
 */
export function iniValue(raw: string): Value {
  const text = raw.trim()
  const literal = text.replace(/\s+#.*$/, '')
  const quoted = /^[rRuU]?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*(?:#.*)?$/.exec(text)?.[1]
  if (quoted !== undefined) return textValue(withoutEscapes(quoted.slice(1, -1)))
  if (/^(True|False)$/.test(literal)) return textValue(literal.toLowerCase())
  if (literal === 'None') return otherValue('nothing')
  const number = pythonNumber(literal)
  if (number !== null) return textValue(number)
  if (/^[[(].*[\])]$/.test(literal)) return otherValue('a list')
  if (/^\{(?!\{).*\}$/.test(literal)) return otherValue('a mapping')
  return textValue(raw)
}

function pythonNumber(text: string): string | null {
  const plain = text.replaceAll(/(?<=[0-9a-f])_(?=[0-9a-f])/gi, '')
  if (/^[-+]?(0+|[1-9]\d*)$/.test(plain)) return wholeNumber(plain)
  if (/^[-+]?0(x[0-9a-f]+|o[0-7]+|b[01]+)$/i.test(plain)) return wholeNumber(plain)
  if (/^[-+]?(\d+\.\d*|\.\d+|\d+)(e[-+]?\d+)?$/i.test(plain) && /[.e]/i.test(plain))
    return String(Number(plain))
  return null
}

/** Any length: an id of twenty digits is not to be rounded. */
export function wholeNumber(text: string): string {
  const sign = text.startsWith('-') ? -1n : 1n
  return String(sign * BigInt(text.replace(/^[-+]/, '')))
}

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', "'": "'", '"': '"', '\\': '\\' }

function withoutEscapes(text: string): string {
  return text.replaceAll(/\\(.)/g, (all, letter: string) => escapes[letter] ?? all)
}
