import type { AgentErrorCode } from '@/agents/protocol'
import { ContactError } from '@/server/ssh/target'

/** The agent answered with an error of its own; `code` is from the contract. */
export class AgentFault extends ContactError {
  constructor(
    readonly code: AgentErrorCode,
    message: string,
    next: string,
  ) {
    super(code === 'protocol_mismatch' ? 'version_mismatch' : 'agent_failed', message, next)
  }
}
