import type { z } from 'zod'
import { type HostCondition, parseHostQuery } from '@/server/hosts/query'
import type { fromHostQueryOutput } from './preview-schema'

/**
 * Says a filter of the hosts page as a selector, so that what was picked there can be sent as one and resolved on the
 * server. The selector never names more than the filter showed; where that cannot be promised, hosts are to be named.
 */
export function fromHostQuery(query: string): z.infer<typeof fromHostQueryOutput> {
  const parsed = parseHostQuery(query)
  if (!parsed.ok) return { type: 'names', message: parsed.error }
  if (parsed.conditions.length === 0) return { type: 'selector', selector: 'host:*' }
  const texts: string[] = []
  for (const condition of parsed.conditions) {
    const text = said(condition)
    if (text === null || /\s/.test(text)) return { type: 'names', message: unsayable }
    texts.push(text)
  }
  return { type: 'selector', selector: texts.join(' ') }
}

const unsayable =
  'This filter asks something of hosts that a selector asks of devices, so the hosts are named one by one.'

function said(condition: HostCondition): string | null {
  switch (condition.type) {
    case 'word':
      return `search:${condition.text}`
    case 'text':
      return `${condition.column}${sign(condition)}${condition.text}`
    case 'label':
      if (condition.value !== null)
        return `label:${condition.key}${condition.negated ? '!=' : '='}${condition.value}`
      return `label${sign(condition)}${condition.key}`
    case 'state':
      return `state${sign(condition)}${condition.values.join(',')}`
    case 'has_device':
      return `device${sign(condition)}${condition.values.join(',')}`
    // What a rollout takes is told by labels and devices: settings and health may change under it.
    case 'setting':
    case 'health':
      return null
    // "No device of it is one" is not "devices that are none": the second would take in hosts the first left out.
    case 'kind':
      return condition.negated ? null : `kind:${condition.values.join(',')}`
    case 'device':
      return condition.negated || condition.values.includes('gone')
        ? null
        : `device:${condition.values.join(',')}`
  }
}

const sign = ({ negated }: { negated: boolean }) => (negated ? '!=' : ':')
