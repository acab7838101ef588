/** The mappings of a shop: list, save, switch, delete. Saving checks them with the store. */
import { v7 as uuidv7 } from 'uuid'
import { uuid } from '../activity/filter.ts'
import { aboutTypes, metafieldTypes } from '../actions/metafield-types.ts'
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import type { FieldProblem } from '../problem.ts'
import { adminOf } from '../shops/sessions.server.ts'
import { mappingDocument } from './document.ts'
import type { MappingDocument } from './document.ts'
import { mostMappings, nameOf } from './mapping.ts'
import { planNight } from './schedule.server.ts'

export interface MappingView {
  id: string
  document: MappingDocument
  isEnabled: boolean
}

export type SaveOutcome = { ok: true; id: string } | { ok: false; problems: FieldProblem[] }

/** In the merchant's order. */
export async function listMappings(shop: string): Promise<MappingView[]> {
  const rows = await prisma.mapping.findMany({
    where: { shopId: shop },
    orderBy: [{ position: 'asc' }, { id: 'asc' }],
  })
  return rows.map(({ id, document, isEnabled }) => ({
    id,
    document: mappingDocument.parse(document),
    isEnabled,
  }))
}

export async function readMapping(shop: string, id: string): Promise<MappingView | null> {
  return (await listMappings(shop)).find((mapping) => mapping.id === id) ?? null
}

/**
 * Saves a mapping, a new one with `id` null. `input` is a MappingDocument as the form gave it;
 * problems carry the paths of its fields, `''` where they concern all of it. Rejects with a
 * ProblemError when the store can't be asked.
 */
export async function saveMapping(
  shop: string,
  id: string | null,
  input: unknown,
): Promise<SaveOutcome> {
  const parsed = mappingDocument.safeParse(input)
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({
      field: path.join('.'),
      message,
    }))
    return { ok: false, problems }
  }
  const document = parsed.data
  const others = (await listMappings(shop)).filter((mapping) => mapping.id !== id)
  const problems = [
    ...amongOthers(document, others, id === null),
    ...(await checkWithStore(shop, document)),
  ]
  if (problems.length > 0) return { ok: false, problems }
  const savedId =
    id === null ? await create(shop, document, others) : await change(shop, id, document)
  if (savedId === null) {
    return { ok: false, problems: [{ field: '', message: 'This mapping was deleted meanwhile.' }] }
  }
  await planNight(shop)
  return { ok: true, id: savedId }
}

function amongOthers(
  document: MappingDocument,
  others: MappingView[],
  isNew: boolean,
): FieldProblem[] {
  if (others.some((other) => nameOf(other.document) === nameOf(document))) {
    return [{ field: 'key', message: 'Another mapping fills this metafield already.' }]
  }
  return isNew && others.length >= mostMappings
    ? [{ field: '', message: `A store can have ${mostMappings} mappings.` }]
    : []
}

/** https://shopify.dev/docs/apps/build/metafields/metafield-limits */
const mostDefinitions = 256

/** What the store has against the mapping's metafield. Rejects when it can't be asked. */
export async function checkWithStore(
  shop: string,
  document: MappingDocument,
): Promise<FieldProblem[]> {
  const definitions = await (await adminOf(shop)).metafieldDefinitions()
  const name = nameOf(document)
  const existing = definitions.find((definition) => definition.name === name)
  if (existing && existing.type !== document.type) {
    const known = metafieldTypes.find((type) => type === existing.type)
    const has = known ? aboutTypes[known].name : existing.type
    return [{ field: 'type', message: `${name} has the type ${has} in this store.` }]
  }
  if (!existing && definitions.length >= mostDefinitions) {
    const message = `The store has ${mostDefinitions} customer metafield definitions, which is all that Shopify allows.`
    return [{ field: 'key', message }]
  }
  return []
}

const newSlot = () => uuidv7().replaceAll('-', '').slice(-8)

async function create(
  shop: string,
  document: MappingDocument,
  others: MappingView[],
): Promise<string> {
  const id = uuidv7()
  await prisma.mapping.create({
    data: { id, shopId: shop, slot: newSlot(), position: others.length, ...columns(document) },
  })
  return id
}

async function change(shop: string, id: string, document: MappingDocument): Promise<string | null> {
  const before = uuid.test(id)
    ? await prisma.mapping.findFirst({ where: { id, shopId: shop } })
    : null
  if (!before) return null
  const { namespace, key, type } = document
  const isSameTarget = before.namespace === namespace && before.key === key && before.type === type
  await prisma.$transaction(async (tx) => {
    await tx.mapping.update({
      where: { id, shopId: shop },
      data: {
        ...columns(document),
        version: { increment: 1 },
        // What was written before was written elsewhere: nothing is held of the new target.
        ...(isSameTarget ? {} : { slot: newSlot() }),
      },
    })
    if (!isSameTarget) await noteUnmapped(tx, shop)
  })
  return id
}

const columns = (document: MappingDocument) => ({
  namespace: document.namespace,
  key: document.key,
  type: document.type,
  document,
})

/** Whether the mapping takes part in syncs. False when there is no such mapping. */
export async function switchMapping(shop: string, id: string, isEnabled: boolean) {
  if (!uuid.test(id)) return false
  const { count } = await prisma.mapping.updateMany({
    where: { id, shopId: shop },
    data: { isEnabled },
  })
  await planNight(shop)
  return count > 0
}

/** Deletes the mapping. Metafields that it filled stay in Shopify. */
export async function deleteMapping(shop: string, id: string): Promise<boolean> {
  if (!uuid.test(id)) return false
  const count = await prisma.$transaction(async (tx) => {
    const { count } = await tx.mapping.deleteMany({ where: { id, shopId: shop } })
    if (count > 0) await noteUnmapped(tx, shop)
    return count
  })
  await planNight(shop)
  return count > 0
}

/** What is held of customers for it goes at night, see `forgetUnmapped`. */
async function noteUnmapped(tx: Tx, shop: string): Promise<void> {
  await tx.shop.update({ where: { id: shop }, data: { unmappedAt: new Date() } })
}
