/** Where a store's theme meets the metafields: the blocks of `extensions/`, and Liquid. Pure. */

const editor = 'shopify:admin/themes/current/editor'

/** Opens the theme editor with the block about to be added. https://shopify.dev/docs/apps/build/online-store/theme-app-extensions/configuration#deep-linking */
export const addBlockUrl = (apiKey: string) =>
  `${editor}?template=index&addAppBlockId=${apiKey}/personal-content&target=newAppsSection`

/** Opens the theme editor with the app embed about to be switched on. */
export const activateEmbedUrl = (apiKey: string) =>
  `${editor}?context=apps&template=index&activateAppId=${apiKey}/hide-element`

/** What a theme writes to show the metafield of the customer who is logged in. */
export const liquidOf = ({ namespace, key }: { namespace: string; key: string }) =>
  `{{ customer.metafields.${namespace}.${key}.value }}`

/** What a theme can do with it, for somebody who has no mapping yet. */
export const liquidExample = `{% if customer.metafields.klaviyo.ltv_tier.value == 'high' %}
  Free express shipping for you, {{ customer.first_name }}.
{% endif %}`
