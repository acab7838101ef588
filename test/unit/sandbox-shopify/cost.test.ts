import { Kind, parse, type OperationDefinitionNode } from 'graphql'
import { describe, expect, it } from 'vitest'
import { costOf } from '../../../sandbox/shopify/admin/cost.ts'
import { AdminSchema } from '../../../sandbox/shopify/admin/schema.ts'

const schema = new AdminSchema()

function points(document: string, variables: Record<string, unknown> = {}): number {
  const { definitions } = parse(document)
  const operation = definitions.find(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === Kind.OPERATION_DEFINITION,
  )
  const fragments = definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
  if (!operation) throw new Error('No operation')
  return costOf({
    schema: schema.graphql,
    operation,
    fragments: new Map(
      fragments.flatMap((each) =>
        each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [],
      ),
    ),
    variables,
  })
}

describe('the cost of a query', () => {
  it('is a point for each object', () => {
    expect(points('{ shop { name plan { publicDisplayName } } }')).toBe(2)
    expect(
      points(
        '{ customerByIdentifier(identifier: { emailAddress: "a@b.c" }) { id ...F } } fragment F on Customer { defaultEmailAddress { emailAddress } }',
      ),
    ).toBe(2)
  })

  it('counts a page as full, for nodes and for edges alike', () => {
    const nodes = 'query ($n: Int) { customers(first: $n) { nodes { id } pageInfo { endCursor } } }'
    expect(points(nodes, { n: 100 })).toBe(102)
    expect(points('{ customers(first: 100) { edges { node { id } } } }')).toBe(102)
  })

  it('is ten for a mutation, so that 100 of them fit into one request', () => {
    const tag = (alias: string) =>
      `${alias}: tagsAdd(id: "gid://shopify/Customer/1", tags: ["x"]) { node { id } userErrors { message } }`
    expect(points(`mutation { ${tag('a')} }`)).toBe(10)
    const hundred = Array.from({ length: 100 }, (_, number) => tag(`a${number}`))
    expect(points(`mutation { ${hundred.join('\n')} }`)).toBe(1_000)
  })
})
