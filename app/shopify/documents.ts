/**
 * What the app says to the Admin API. The tag `#graphql` is what the type generator looks for; the
 * types of variables and answers come from the official schema.
 *
 * Points by https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits: an object 1, a
 * mutation 10. They only have to be near: what an answer tells of the bucket corrects the pace.
 */

export const findCustomer = {
  points: 3,
  document: `#graphql
    query findCustomer($identifier: CustomerIdentifierInput!) {
      customerByIdentifier(identifier: $identifier) {
        id
        displayName
        defaultEmailAddress {
          emailAddress
        }
        defaultPhoneNumber {
          phoneNumber
        }
        tags
      }
    }
  `,
} as const

export const addTags = {
  points: 10,
  document: `#graphql
    mutation addTags($id: ID!, $tags: [String!]!) {
      outcome: tagsAdd(id: $id, tags: $tags) {
        userErrors {
          message
        }
      }
    }
  `,
} as const

export const removeTags = {
  points: 10,
  document: `#graphql
    mutation removeTags($id: ID!, $tags: [String!]!) {
      outcome: tagsRemove(id: $id, tags: $tags) {
        userErrors {
          message
        }
      }
    }
  `,
} as const

export const readShop = {
  points: 4,
  document: `#graphql
    query readShop {
      shop {
        name
        currencyCode
        ianaTimezone
        plan {
          publicDisplayName
        }
      }
      currentAppInstallation {
        accessScopes {
          handle
        }
      }
    }
  `,
} as const
