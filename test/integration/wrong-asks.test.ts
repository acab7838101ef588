/**
 * What no screen asks for: ids, filters and forms that are malformed, or of another version of the
 * app. Each gets an answer that is true; none is an error of ours, and none a yes.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { problemSchema } from '../../app/problem.ts'
import { dataOf } from '../harness/merchant.ts'
import { openSeededStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openSeededStage()
})
afterAll(() => stage.close())

const routesFolder = new URL('../../app/routes/', import.meta.url)
const routes = readdirSync(routesFolder)
  .map((file) => ({
    name: file.replace(/\.tsx?$/, ''),
    source: readFileSync(new URL(file, routesFolder), 'utf8'),
  }))
  .filter(({ name }) => name.startsWith('app.'))

const having = (door: RegExp) =>
  routes.flatMap(({ name, source }) => (door.test(source) ? [name] : []))
const withLoader = having(/^export async function loader\b/m)
const withIntents = having(/'intent'/)

/** The route's path, with the same in place of each id. */
const pathOf = (name: string, id: string) =>
  `/${name
    .split('.')
    .filter((part) => part !== '_index')
    .map((part) => (part.startsWith('$') ? id : part.replace(/_$/, '')))
    .join('/')}`

const unknownId = '0190a1b2-0000-7000-8000-000000000000'
const wrongIds = ['%00', unknownId, 'x'.repeat(900), '%F0%9F%8E%89', '%27%20or%201%3D1--']
const parameters = ['problem', 'what', 'customer', 'rule', 'operation', 'outcome', 'from', 'to']
const others = ['before', 'after', 'state', 'days', 'start', 'said']
const wrongSearches = [...wrongIds, '%ED%A0%80', '0000-01-01', '9999-12-31'].map((value) =>
  [...parameters, ...others].map((name) => `${name}=${value}`).join('&'),
)

const refusal = z.object({
  ok: z.literal(false),
  problems: z.array(z.object({ field: z.string(), message: z.string() })),
  problem: problemSchema.optional(),
})
const wrapped = z.union([refusal, z.object({ answer: refusal }).transform(({ answer }) => answer)])

const ask = async (path: string, route: string, form: Record<string, string>) => {
  const index = route.endsWith('._index') ? 'index&' : ''
  const sign = path.includes('?') ? '&' : '?'
  const response = await stage.admin(shopA).fetch(`${path}${sign}${index}${dataOf(route)}`, {
    method: 'POST',
    body: new URLSearchParams(form),
  })
  expect(response.status, await response.clone().text()).toBe(200)
  return wrapped.parse(await response.json())
}

describe('an address that no screen has', () => {
  it.each(withLoader)('of %s is nothing found', async (name) => {
    for (const id of name.includes('$') ? wrongIds : ['']) {
      const { status } = await stage.admin(shopA).load(pathOf(name, id), name)
      expect(status, id).toBe(name.includes('$') ? 404 : 200)
    }
  })

  it.each(withLoader.filter((name) => !name.includes('$')))(
    'with a search of %s shows what there is',
    async (name) => {
      for (const search of wrongSearches) {
        const { status } = await stage.admin(shopA).load(`${pathOf(name, '')}?${search}`, name)
        expect(status, search).toBe(200)
      }
    },
  )

  it('finds no runs where it filters by what can’t be', async () => {
    const page = z.object({ rows: z.array(z.unknown()) })
    for (const name of ['problem', 'what', 'customer']) {
      const path = `/app/activity?outcome=failed&${name}=%00`
      const response = await stage.admin(shopA).load(path, 'app.activity._index')
      expect(page.parse(await response.json()).rows).toEqual([])
      const undo = { intent: 'start', search: `?${name}=%00` }
      expect((await ask('/app/undo', 'app.undo', undo)).problem?.code).toBe('nothing-to-undo')
    }
  })
})

describe('a form that no screen sends', () => {
  it.each(withIntents)('to %s is told to be unknown', async (name) => {
    for (const intent of ['', 'of-another-version']) {
      const form = { intent, runId: unknownId }
      const { problem } = await ask(pathOf(name, unknownId), name, form)
      expect(problem).toMatchObject({ code: 'form-unknown', retry: 'never' })
    }
  })

  it.each<[string, string, string, Record<string, string>]>([
    ['a mapping switched', '/app/sync', 'app.sync._index', { intent: 'switch', isOn: 'true' }],
    [
      'a mapping deleted',
      `/app/sync/mappings/${unknownId}`,
      'app.sync.mappings.$id',
      { intent: 'delete' },
    ],
    ['no mapping added', '/app/sync', 'app.sync._index', { intent: 'presets', preset: 'none' }],
    [
      'a segment synced',
      '/app/sync',
      'app.sync._index',
      { intent: 'start', kind: 'segment', isDry: 'true', segmentId: '\0', segmentName: '\0' },
    ],
    ['rules switched', '/app/rules', 'app.rules._index', { intent: 'switch', mode: 'off' }],
    ['a mode that is none', '/app/rules', 'app.rules._index', { intent: 'switch', mode: 'loud' }],
    ['rules deleted', '/app/rules', 'app.rules._index', { intent: 'delete' }],
    ['a rule deleted', `/app/rules/${unknownId}`, 'app.rules.$id', { intent: 'delete' }],
    ['an operation paused', '/app/operations', 'app.operations', { intent: 'pause' }],
    ['a run run again', `/app/activity/${unknownId}`, 'app.activity.$runId', {}],
    ['a preview of nothing', '/app/rules/preview', 'app.rules.preview', { asked: '{' }],
    ['an undo of nothing', '/app/undo', 'app.undo', { intent: 'start', runId: '\0' }],
  ])('is no yes: %s', async (_what, path, route, form) => {
    for (const id of [unknownId, '\0', '']) {
      const { problem, problems } = await ask(path, route, { id, ...form })
      expect(problem?.what ?? problems[0]?.message).toMatch(/./)
    }
  })
})
