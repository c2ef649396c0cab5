import type { Hook, HookPhase, PlanItem, PlannedHook, Refusal } from '../protocol'

/** Of files for the next start no item names a hook; those of the conversion are run as it comes back. */
const AS = {
  convert: 'convert',
  online: 'convert',
  persist: 'convert',
  restore: 'restore',
  offline: 'restore',
  unpersist: 'restore',
} as const

/** The phase of an item's hooks: a share has those of what it is a part of. */
export function phaseOf<When extends 'pre' | 'post'>(when: When, kind: PlanItem['kind']) {
  return `${when}-${AS[kind]}` as const
}

/** The host's hooks for items of that kind. */
export function hooksOf(hooks: readonly Hook[], kind: PlanItem['kind']): Hook[] {
  return hooks.filter(({ phase }) => phase === phaseOf('pre', kind) || phase === phaseOf('post', kind))
}

/** Hooks as a plan binds to them; one that may not be run is in no plan, for its refusal stands beside. */
export function planHooks(hooks: readonly Hook[], deadlineSeconds: number): PlannedHook[] {
  return hooks.flatMap(({ phase, path, sha256, uid, fault }) =>
    fault === null && sha256 !== null ? [{ phase, path, sha256, uid, deadlineSeconds }] : [],
  )
}

/** A hook that is there and may not be run: it was put there to gate, so nothing is done without it. */
export function refuseHooks(hooks: readonly Hook[]): Refusal[] {
  return hooks.flatMap(({ phase, path, fault }): Refusal[] =>
    fault === null
      ? []
      : [
          {
            code: 'hook_unsafe',
            message: `The ${phase} hook cannot be run as root: ${fault}.`,
            next: `Correct ${path} on the host, or take it away, then plan again.`,
          },
        ],
  )
}

const shown = (hook: PlannedHook | undefined) =>
  hook === undefined ? 'not there' : `SHA-256 ${hook.sha256.slice(0, 16)}`

/** What became of the approved hook of a phase; null when it is there to the letter. */
export function hookDifference(
  phase: HookPhase,
  approved: readonly PlannedHook[],
  now: readonly PlannedHook[],
): Refusal | null {
  const of = (hooks: readonly PlannedHook[]) => hooks.find((hook) => hook.phase === phase)
  const [then, is] = [of(approved), of(now)]
  if (then?.sha256 === is?.sha256 && then?.path === is?.path && then?.uid === is?.uid) return null
  return {
    code: 'hook_changed',
    message: `The ${phase} hook is not the one that was approved: it was ${shown(then)}, and is ${shown(is)} now.`,
    next: 'Make a new plan and have it approved.',
  }
}
