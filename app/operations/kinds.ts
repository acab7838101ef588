/** Every kind of operation there is. */
import type { OperationKind } from './operation.ts'
import { past } from './past.server.ts'
import { undo } from './undo.server.ts'

export const kinds: Readonly<Record<'undo' | 'past', OperationKind>> = { undo, past }
