/** What a merchant can do about metafields that could not be written. Pure. */

const remedies: Readonly<Record<string, string>> = {
  'mapping-unusable':
    'Choose another type in the mapping, derive the value with a template, or correct the property in Klaviyo.',
  'template-failed': 'Correct the template in the mapping; its sample shows what it gives.',
}

/** By the code of the failure. */
export const remedyFor = (code: string): string =>
  remedies[code] ??
  'The next sync tries these customers again. If it stays, open the mapping and look at its sample.'
