import type { Occasion } from '../../../app/actions/action.ts'

/** For plannings that it makes no difference to. */
export const occasion: Occasion = {
  shop: 'example.myshopify.com',
  stepId: '019c0000-0000-7000-8000-000000000001',
  at: new Date('2026-03-14T09:30:00Z'),
}
