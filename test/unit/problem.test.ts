import { expect, it } from 'vitest'
import { problemOfMetafield } from '../../app/shopify/problems.ts'
import { generalWords } from '../../app/problem.ts'

it.each([
  ['Profile 01HF7AYTK76RHR4F17G6DGTRGF does not exist.', 'Profile … does not exist.'],
  ['No 0197f0c2-5a3e-7c11-9d0e-0a1b2c3d4e5f here', 'No … here'],
  ['gid://shopify/Customer/12345 is gone', '… is gone'],
  ['ada@example.com and +1 (555) 010-0100 are in use', '… and … are in use'],
  ['Order 1234567890', 'Order …'],
  ['Tags cannot be more than 250', 'Tags cannot be more than 250'],
  ['Unknown field predicted_clv on loyalty_v2', 'Unknown field predicted_clv on loyalty_v2'],
])('of “%s” says “%s”', (words, general) => {
  expect(generalWords(words)).toBe(general)
})

it('makes one cause of one trouble', () => {
  const of = (owner: string) =>
    problemOfMetafield({ message: `Owner gid://shopify/Customer/${owner} is locked` })
  expect(of('1234')).toEqual(of('98765'))
})
