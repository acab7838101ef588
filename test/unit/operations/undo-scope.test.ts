import { describe, expect, it } from 'vitest'
import { noFilter } from '../../../app/activity/filter.ts'
import { describeScope } from '../../../app/operations/undo-preview.server.ts'
import { customerIn } from '../../../app/operations/undo-scope.server.ts'

const id = '01a20ba5-dbb9-722e-8768-037b949ed6c9'

describe('the runs that are to be undone', () => {
  it('are named without saying who they were about', () => {
    expect(describeScope(noFilter, null)).toBe('All runs')
    const week = { from: '2026-11-01', to: '2026-11-07' }
    expect(describeScope({ ...noFilter, ruleId: id, ...week }, 'Win-back')).toBe(
      'Runs of Win-back, 2026-11-01 to 2026-11-07',
    )
    const some = { outcome: 'failed', problem: 'ada@example.com' } as const
    const whom = { ...noFilter, customer: '6780001', operationId: id, ...some }
    expect(describeScope({ ...whom, from: '2026-11-01', to: '2026-11-01' }, null)).toBe(
      'All runs from one operation for one customer with one problem, on 2026-11-01, failed',
    )
    expect(describeScope({ ...noFilter, from: '2026-11-01' }, null)).toContain('since')
    expect(describeScope({ ...noFilter, to: '2026-11-01' }, null)).toContain('until')
  })

  it('tell whom they name, to the privacy requests', () => {
    expect(customerIn({ search: '?customer=6780001', until: id })).toBe('6780001')
    expect(customerIn({ search: '?rule=x', until: id })).toBeNull()
    expect(customerIn({ runId: id })).toBeNull()
    expect(customerIn({ metric: 'of another kind' })).toBeNull()
  })
})
