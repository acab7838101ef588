import type { OperationKind } from './operation.ts'

export const past: OperationKind = {
  page: () => Promise.resolve({ next: null, store: () => Promise.resolve() }),
}
