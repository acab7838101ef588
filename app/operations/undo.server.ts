import type { OperationKind } from './operation.ts'

export const undo: OperationKind = {
  page: () => Promise.resolve({ next: null, store: () => Promise.resolve() }),
}
