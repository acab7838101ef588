import { expect, it } from 'vitest'
import { Prisma } from '../../../app/db/generated/client.ts'
import { isRefusedForData } from '../../../app/db/refused.server.ts'

const failure = (originalCode: string) =>
  new Prisma.PrismaClientKnownRequestError('Raw query failed.', {
    code: 'P2010',
    clientVersion: '7',
    meta: { driverAdapterError: { cause: { originalCode } } },
  })

it.each(['22P05', '22P02', '22021', '22003', '54000'])('%s is about the values', (code) => {
  expect(isRefusedForData(failure(code))).toBe(true)
})

it.each(['40001', '57P01', '08006', '23505', '42P01'])('%s is not', (code) => {
  expect(isRefusedForData(failure(code))).toBe(false)
})

it('what is no answer of the database is not', () => {
  const lost = new Prisma.PrismaClientKnownRequestError('', { code: 'P1001', clientVersion: '7' })
  for (const error of [lost, new Error('22P05'), null]) expect(isRefusedForData(error)).toBe(false)
})
