import { expect, it } from 'vitest'
import { neededScopes } from '../../../app/klaviyo/klaviyo.ts'
import { accessByArea } from '../../../app/ui/settings/scope-areas.ts'

it('tells the access of each area by name, full where something is written', () => {
  expect(accessByArea(['profiles:read', 'accounts:read', 'profiles:write'])).toEqual([
    { area: 'Accounts', access: 'Read', scopes: ['accounts:read'] },
    { area: 'Profiles', access: 'Full', scopes: ['profiles:read', 'profiles:write'] },
  ])
})

it('leaves out no scope that the app needs', () => {
  const needed = neededScopes.map(({ scope }) => scope)
  expect(accessByArea(needed).flatMap(({ scopes }) => scopes)).toHaveLength(needed.length)
})
