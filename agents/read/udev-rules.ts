/** Just enough of udev's language (udev(7)) to tell what rules do to a block of memory that reads offline. */

/** What is known of the host that conditions of rules ask for; null where it is not. */
export interface UdevFacts {
  /** As uname -m has it. */
  machine: string
  /** `none` on bare metal. */
  virtualization: string
  vendor: string | null
  product: string | null
}

/** A rule that writes a block's state, or runs what may. */
export interface StateRule {
  file: string
  line: string
  /** What it writes; null where a program of its own decides. */
  writes: string | null
  /** Whether it does so on this host: `maybe` where a condition asks for what is not known here. */
  acts: Acts
}

export type Acts = 'yes' | 'maybe' | 'no'

interface Term {
  key: string
  attribute: string
  operator: string
  value: string
}

/** True, false, or not known. */
type Truth = boolean | null

const TERM = /([A-Z]+)(?:\{([^}]*)\})?\s*(==|!=|\+=|-=|:=|=)\s*"((?:[^"\\]|\\.)*)"/g
const MATCHED = [
  'ACTION',
  'SUBSYSTEM',
  'SUBSYSTEMS',
  'KERNEL',
  'KERNELS',
  'DEVPATH',
  'ATTR',
  'ATTRS',
  'ENV',
  'CONST',
]
/** True of any device, or about what is done: no condition. */
const NO_CONDITION = [
  'GOTO',
  'LABEL',
  'RUN',
  'OPTIONS',
  'NAME',
  'SYMLINK',
  'OWNER',
  'GROUP',
  'MODE',
  'SECLABEL',
]
const BLOCK = 'memory42'

function termsOf(line: string): Term[] {
  return [...line.matchAll(TERM)].map(([, key = '', attribute = '', operator = '', value = '']) => ({
    key,
    attribute,
    operator,
    value,
  }))
}

/** Alternatives by `|`, wildcards as the shell has them. */
function globMatches(pattern: string, text: string): boolean {
  return pattern.split('|').some((one) => {
    const source = one
      .replace(/[.+^${}()\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')
    return new RegExp(`^${source}$`).test(text)
  })
}

/** One event, of a block that reads offline, on its way through the rules of all files. */
export class BlockEvent {
  private readonly env = new Map<string, string | null>()
  private result: string | null = null

  constructor(
    private readonly facts: UdevFacts,
    private readonly action: 'add' | 'offline' | 'change',
  ) {}

  /** The rules of one file that concern a block's state; files come in the order of their names. */
  read(file: string, text: string): StateRule[] {
    const found: StateRule[] = []
    // A jump that may be taken leaves all up to its label unsure; one that is taken leaves it out.
    let skippingTo: string | null = null
    const unsureUntil = new Set<string>()
    for (const line of text.replace(/\\\n\s*/g, '').split('\n')) {
      if (/^\s*(#|$)/.test(line)) continue
      const terms = termsOf(line)
      const label = terms.find(({ key }) => key === 'LABEL')?.value
      if (label !== undefined) {
        unsureUntil.delete(label)
        if (label === skippingTo) skippingTo = null
      }
      const own = this.holds(terms)
      const holds = skippingTo !== null ? false : own === true && unsureUntil.size > 0 ? null : own
      const writes = this.stateWritten(terms)
      if (writes !== undefined && isAboutMemory(terms)) {
        const acts = holds === null ? 'maybe' : holds ? 'yes' : 'no'
        found.push({ file, line: line.trim(), writes, acts })
      }
      if (holds === false) continue
      this.assign(terms, holds)
      const target = terms.find(({ key }) => key === 'GOTO')?.value
      if (target === undefined) continue
      if (holds === true) skippingTo = target
      else unsureUntil.add(target)
    }
    return found
  }

  private holds(terms: readonly Term[]): Truth {
    let all: Truth = true
    for (const term of terms) {
      const truth = this.truthOf(term)
      if (truth === false) return false
      if (truth === null) all = null
    }
    return all
  }

  private truthOf({ key, attribute, operator, value }: Term): Truth {
    // An assignment is no condition; a program is one, by either sign.
    if (key === 'PROGRAM') return this.run(value)
    if (operator !== '==' && operator !== '!=') return true
    if (NO_CONDITION.includes(key)) return true
    let truth: Truth = null
    if (key === 'RESULT') truth = this.result === null ? null : globMatches(value, this.result)
    else if (key === 'TEST') truth = value === 'state' ? true : null
    else if (MATCHED.includes(key)) {
      const is = this.valueOf(key, attribute)
      truth = is === null ? null : globMatches(value, is)
    }
    return truth === null ? null : operator === '==' ? truth : !truth
  }

  private valueOf(key: string, attribute: string): string | null {
    const { machine, virtualization, vendor, product } = this.facts
    if (key === 'ACTION') return this.action
    if (key.startsWith('SUBSYSTEM')) return 'memory'
    if (key.startsWith('KERNEL')) return BLOCK
    if (key === 'DEVPATH') return `/devices/system/memory/${BLOCK}`
    if (key === 'ENV') return this.env.has(attribute) ? (this.env.get(attribute) ?? null) : ''
    if (key === 'CONST')
      return attribute === 'arch' ? machine.replace('_', '-') : attribute === 'virt' ? virtualization : null
    if (attribute === 'state') return 'offline'
    if (attribute === '[dmi/id]sys_vendor') return vendor
    return attribute === '[dmi/id]product_name' ? product : null
  }

  /** The programs that such rules are known to ask; of any other nothing is known. */
  private run(command: string): Truth {
    const { machine, virtualization } = this.facts
    this.result = null
    if (/\buname -[mp]\b/.test(command)) this.result = machine
    if (!command.includes('systemd-detect-virt')) return this.result === null ? null : true
    if (virtualization.startsWith('unknown')) return null
    this.result = virtualization
    // It ends with a failure on bare metal, which udev takes for no match unless that is made good.
    return virtualization !== 'none' || command.includes('||')
  }

  private assign(terms: readonly Term[], holds: Truth): void {
    for (const { key, attribute, operator, value } of terms) {
      if (key === 'ENV' && /^[:+]?=$/.test(operator)) this.env.set(attribute, holds === true ? value : null)
    }
  }

  /** What the rule would write to `state`; undefined when it leaves it alone. */
  private stateWritten(terms: readonly Term[]): string | null | undefined {
    for (const { key, attribute, operator, value } of terms) {
      if (operator === '==' || operator === '!=') continue
      if (key === 'ATTR' && attribute === 'state') {
        const variable = /^[$%](?:env|E)\{([^}]+)\}$/.exec(value)?.[1]
        const written = variable === undefined ? value : (this.env.get(variable) ?? null)
        if (written === null || written.startsWith('online')) return written
      }
      if (key === 'RUN' && /online|memory/.test(value)) return null
    }
    return undefined
  }
}

/** Not, in so many words, about another subsystem: many rules say so once for all with a jump. */
function isAboutMemory(terms: readonly Term[]): boolean {
  const named = terms.find(({ key, operator }) => key === 'SUBSYSTEM' && operator === '==')
  if (named !== undefined) return globMatches(named.value, 'memory')
  return terms.some(({ key, attribute }) => key === 'ATTR' && attribute === 'state')
}
