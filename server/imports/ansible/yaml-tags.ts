import { Scalar, type ScalarTag } from 'yaml'
import { wholeNumber } from './values'

/**
 * YAML as Ansible reads it: with PyYAML, whose resolver is nearly YAML 1.1. Nearly: `y` and `n` are texts there, a number
 * like `1e3` is one as well, `010` is eight. Everything becomes a text here, in the form that Ansible would show it in.
 */
const plain = (name: string, test: RegExp, resolve: (text: string) => unknown): ScalarTag => ({
  tag: `tag:yaml.org,2002:${name}`,
  default: true,
  test,
  resolve,
})

const boolean = plain(
  'bool',
  /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  (text) => (/^(yes|true|on)$/i.test(text) ? 'true' : 'false'),
)
const nothing = plain('null', /^(?:~|null|Null|NULL|)$/, () => null)
const whole = plain(
  'int',
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
  (text) => {
    const sign = text.startsWith('-') ? '-' : ''
    const digits = text.replace(/^[-+]/, '').replaceAll('_', '')
    if (digits.includes(':')) {
      const seconds = digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n)
      return wholeNumber(`${sign}${seconds}`)
    }
    return wholeNumber(`${sign}${/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits}`)
  },
)
const fraction = plain(
  'float',
  /^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/,
  (text) => String(Number(text.replaceAll('_', ''))),
)

/** A value that is not to be read: its text stays where it is. */
export class Vaulted {}

const vault: ScalarTag = { tag: '!vault', resolve: () => new Scalar(new Vaulted()) }
const oldVault: ScalarTag = { tag: '!vault-encrypted', resolve: () => new Scalar(new Vaulted()) }
const unsafe: ScalarTag = { tag: '!unsafe', resolve: (text) => text }

export const ansibleTags: ScalarTag[] = [boolean, nothing, whole, fraction, vault, oldVault, unsafe]
