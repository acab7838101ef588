import { getOperationAST, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { answerOf, batchOf, numberOf } from '../../../app/shopify/batch.ts'
import * as operations from '../../../app/shopify/documents.ts'
import { costOf } from '../../../sandbox/shopify/admin/cost.ts'
import { AdminSchema } from '../../../sandbox/shopify/admin/schema.ts'

const { addTags, removeTags, findCustomer } = operations

describe('a batch', () => {
  it('numbers variables and fields, and keeps the order', () => {
    const batch = batchOf([
      { operation: removeTags, variables: { id: 'a', tags: ['x'] } },
      { operation: addTags, variables: { id: 'a', tags: ['y'] } },
    ])
    expect(batch.document.replaceAll(/\s+/g, ' ')).toBe(
      'mutation removeTags_addTags($id__0: ID!, $tags__0: [String!]!, $id__1: ID!, $tags__1: [String!]!) { ' +
        'outcome__0: tagsRemove(id: $id__0, tags: $tags__0) { userErrors { message } } ' +
        'outcome__1: tagsAdd(id: $id__1, tags: $tags__1) { userErrors { message } } }',
    )
    expect(batch.variables).toEqual({ id__0: 'a', tags__0: ['x'], id__1: 'a', tags__1: ['y'] })
    expect(batch.points).toBe(20)
  })

  it('hands each its own part of the answer', () => {
    const ask = { operation: findCustomer, variables: { identifier: { emailAddress: 'a@b.c' } } }
    const data = { customerByIdentifier__0: null, customerByIdentifier__1: { id: 'gid' } }
    expect(answerOf(data, ask, 1)).toEqual({ customerByIdentifier: { id: 'gid' } })
  })

  it('tells from an error’s path whom it is about', () => {
    expect(numberOf(['outcome__17', 'node'])).toBe(17)
    expect(numberOf(['shop'])).toBeNull()
    expect(numberOf(undefined)).toBeNull()
  })
})

it.each(Object.entries(operations))('%s costs the points that it says', (_name, operation) => {
  const document = getOperationAST(parse(operation.document))
  if (!document) throw new Error('No operation')
  const schema = new AdminSchema().graphql
  const cost = costOf({ schema, operation: document, fragments: new Map(), variables: {} })
  expect(operation.points).toBe(cost)
})
