import type { Prisma } from '@/prisma/generated/client'
import { matchesHost, type Selector } from '@/server/rollouts/targets/conditions'
import { parseSelector } from '@/server/rollouts/targets/selector'

/** What of a host a rule may ask: what people wrote of it, never what it says of itself. */
export interface RuledHost {
  name: string
  labels: Readonly<Record<string, string>>
}

export type ParsedRule = { ok: true; selector: Selector } | { ok: false; message: string }

/**
 * Reads a rule: a selector that asks of names and labels alone. What a host or a device says of itself changes with the
 * conversion, and a host that lies must not get around a second person.
 */
export function parseRule(text: string): ParsedRule {
  const parsed = parseSelector(text)
  if (!parsed.ok) return { ok: false, message: parsed.fault.message }
  const fits = parsed.selector.conditions.every(({ type }) => type === 'label' || type === 'not_host')
  return fits
    ? { ok: true, selector: parsed.selector }
    : { ok: false, message: 'A rule asks of host names and labels only, as in label:env=prod or host:*.' }
}

/** Whether a rule asks for a second person for this host. One that cannot be read asks for everybody: never the lesser. */
export function rulesHost(text: string, { name, labels }: RuledHost): boolean {
  const rule = parseRule(text)
  if (!rule.ok) return true
  return matchesHost(rule.selector, { name, labels, address: '', kernelRelease: null, standing: 'ready' })
}

/** The rules, of these, under which any of these hosts is. */
export function rulesOver(rules: readonly string[], hosts: readonly RuledHost[]): string[] {
  return rules.filter((rule) => hosts.some((host) => rulesHost(rule, host)))
}

type Reader = Pick<Prisma.TransactionClient, 'twoPersonRule'>

/** Selectors of the rules there are, as they were made. */
export async function readRules(tx: Reader): Promise<string[]> {
  const rows = await tx.twoPersonRule.findMany({ orderBy: { createdAt: 'asc' }, select: { selector: true } })
  return rows.map(({ selector }) => selector)
}

/** The rules that ask for a second person for any of these hosts; empty when one person is enough. */
export async function rulesFor(
  tx: Reader,
  hosts: readonly { name: string; labels: unknown }[],
): Promise<string[]> {
  const rules = await readRules(tx)
  if (rules.length === 0) return []
  // The database keeps labels to one flat object of text.
  return rulesOver(
    rules,
    hosts.map(({ name, labels }) => ({ name, labels: labels as RuledHost['labels'] })),
  )
}

/** What whoever wanted to approve alone is told. */
export function secondPersonWords(rules: readonly string[]): { message: string; next: string } {
  return {
    message: `A second person has to approve this (rule: ${rules.slice(0, 3).join('; ')}).`,
    next: 'Ask for approval; somebody else with the role approver gives it.',
  }
}
