/**
 * The types of metafields that a template can fill, as merchants know them. References, ratings,
 * links and rich text are left out: they point at things or need more than a value.
 * https://shopify.dev/docs/apps/build/metafields/list-of-data-types
 */
export const metafieldTypes = [
  'single_line_text_field',
  'multi_line_text_field',
  'list.single_line_text_field',
  'number_integer',
  'number_decimal',
  'boolean',
  'date',
  'date_time',
  'money',
  'url',
  'color',
  'dimension',
  'weight',
  'volume',
  'json',
] as const

export type MetafieldType = (typeof metafieldTypes)[number]

/** `name` is what Shopify's admin calls it, `wants` completes "this is not …". */
export const aboutTypes: Record<MetafieldType, { name: string; wants: string }> = {
  single_line_text_field: { name: 'Single line text', wants: 'a text of one line' },
  multi_line_text_field: { name: 'Multi-line text', wants: 'a text' },
  'list.single_line_text_field': {
    name: 'List of single line texts',
    wants: 'a list: up to 128 texts, by commas or one a line',
  },
  number_integer: { name: 'Integer', wants: 'a whole number, such as 120' },
  number_decimal: { name: 'Decimal', wants: 'a number, such as 12.5' },
  boolean: { name: 'True or false', wants: 'true or false' },
  date: { name: 'Date', wants: 'a date, such as 2026-01-31' },
  date_time: { name: 'Date and time', wants: 'a date and time, such as 2026-01-31T12:30:00' },
  money: { name: 'Money', wants: 'an amount with the store’s currency, such as 12.50 EUR' },
  url: {
    name: 'URL',
    wants: 'an address that starts with https:, http:, mailto:, sms: or tel:',
  },
  color: { name: 'Color', wants: 'a color, such as #1f6f5c' },
  dimension: {
    name: 'Dimension',
    wants: 'a length with its unit (mm, cm, m, in, ft, yd), such as 12.5 cm',
  },
  weight: { name: 'Weight', wants: 'a weight with its unit (g, kg, oz, lb), such as 2.5 kg' },
  volume: {
    name: 'Volume',
    wants:
      'a volume with its unit (ml, cl, l, m3, us_fl_oz, us_pt, us_qt, us_gal, imp_fl_oz, imp_pt, imp_qt, imp_gal), such as 250 ml',
  },
  json: { name: 'JSON', wants: 'JSON' },
}

/** What an increment can add to. */
export const isNumber = (type: MetafieldType): type is 'number_integer' | 'number_decimal' =>
  type === 'number_integer' || type === 'number_decimal'

/** Metafields that rules often set, ready to choose. */
export const presets = [
  {
    name: 'Loyalty status',
    namespace: 'loyalty',
    key: 'status',
    type: 'single_line_text_field',
  },
] as const satisfies { name: string; namespace: string; key: string; type: MetafieldType }[]
