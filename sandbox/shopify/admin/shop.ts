import type { Store } from '../store.ts'
import type { ResolverGroup } from './group.ts'
import { apiVersion } from './schema.ts'

export const shop: ResolverGroup = {
  queries: {
    shop: (_args, { store }) => presentShop(store),
    currentAppInstallation: (_args, { store }) => presentInstallation(store),
    publicApiVersions: () => [
      { displayName: `${apiVersion} (Latest)`, handle: apiVersion, supported: true },
    ],
  },
  mutations: {},
  nodes: {
    Shop: (id, { store }) => (id === shopId(store) ? presentShop(store) : null),
  },
}

const shopId = (store: Store) => `gid://shopify/Shop/${store.id}`

function presentShop(store: Store) {
  const { seed } = store
  return {
    __typename: 'Shop',
    id: shopId(store),
    name: seed.name,
    email: seed.email,
    contactEmail: seed.email,
    myshopifyDomain: store.shop,
    url: `https://${store.shop}`,
    ianaTimezone: seed.ianaTimezone,
    currencyCode: seed.currencyCode,
    plan: {
      displayName: store.plan,
      publicDisplayName: store.plan,
      shopifyPlus: store.plan === 'Plus',
      partnerDevelopment: false,
    },
  }
}

function presentInstallation(store: Store) {
  return {
    __typename: 'AppInstallation',
    id: `gid://shopify/AppInstallation/${store.id}`,
    accessScopes: [...store.scopes].sort().map((handle) => ({ handle, description: handle })),
  }
}
