/** What a merchant can do about metafields that a sync could not write. Pure. */

const remedies: Readonly<Record<string, string>> = {
  'mapping-unusable':
    'Choose another type in the mapping, derive the value with a template, or correct the property in Klaviyo.',
  'metafield-refused':
    'Correct the type or the value in the mapping, or the rules of the metafield’s definition in Shopify.',
  'metafield-type-differs':
    'Choose the type that the metafield’s definition has in this store, or another key, in the mapping.',
  'customer-gone': 'Nothing to do: the customer was deleted or merged with another one meanwhile.',
  'sync-not-written': 'The next sync writes it again.',
}

/** By the code of the failure. */
export const remedyFor = (code: string): string =>
  remedies[code] ?? 'The next sync tries it again. If it stays, contact support.'
