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

export const readCustomer = {
  points: 3,
  document: `#graphql
    query readCustomer($id: ID!) {
      customer(id: $id) {
        defaultEmailAddress {
          emailAddress
        }
        defaultPhoneNumber {
          phoneNumber
        }
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

export const readMetafield = {
  points: 2,
  document: `#graphql
    query readMetafield($id: ID!, $namespace: String!, $key: String!) {
      customer(id: $id) {
        metafield(namespace: $namespace, key: $key) {
          type
          value
          compareDigest
        }
      }
    }
  `,
} as const

export const setMetafields = {
  points: 10,
  document: `#graphql
    mutation setMetafields($metafields: [MetafieldsSetInput!]!) {
      outcome: metafieldsSet(metafields: $metafields) {
        userErrors {
          field
          code
          message
        }
      }
    }
  `,
} as const

export const deleteMetafields = {
  points: 10,
  document: `#graphql
    mutation deleteMetafields($metafields: [MetafieldIdentifierInput!]!) {
      outcome: metafieldsDelete(metafields: $metafields) {
        userErrors {
          field
          message
        }
      }
    }
  `,
} as const

export const findMetafieldDefinition = {
  points: 4,
  document: `#graphql
    query findMetafieldDefinition($namespace: String!, $key: String!) {
      metafieldDefinitions(ownerType: CUSTOMER, namespace: $namespace, key: $key, first: 1) {
        nodes {
          type {
            name
          }
        }
      }
    }
  `,
} as const

export const listMetafieldDefinitions = {
  points: 502,
  document: `#graphql
    query listMetafieldDefinitions($after: String) {
      metafieldDefinitions(ownerType: CUSTOMER, first: 250, after: $after) {
        nodes {
          namespace
          key
          type {
            name
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `,
} as const

export const createMetafieldDefinition = {
  points: 10,
  document: `#graphql
    mutation createMetafieldDefinition(
      $name: String!
      $description: String
      $namespace: String!
      $key: String!
      $type: String!
      $pin: Boolean
      $capabilities: MetafieldCapabilityCreateInput
    ) {
      outcome: metafieldDefinitionCreate(
        definition: {
          name: $name
          description: $description
          namespace: $namespace
          key: $key
          type: $type
          ownerType: CUSTOMER
          pin: $pin
          capabilities: $capabilities
        }
      ) {
        createdDefinition {
          id
        }
        userErrors {
          code
          message
        }
      }
    }
  `,
} as const

export const createCustomer = {
  points: 10,
  document: `#graphql
    mutation createCustomer($input: CustomerInput!) {
      outcome: customerCreate(input: $input) {
        userErrors {
          field
          message
        }
      }
    }
  `,
} as const

export const createCode = {
  points: 10,
  document: `#graphql
    mutation createCode($discount: DiscountCodeBasicInput!) {
      outcome: discountCodeBasicCreate(basicCodeDiscount: $discount) {
        userErrors {
          code
          message
        }
      }
    }
  `,
} as const

export const createFreeShippingCode = {
  points: 10,
  document: `#graphql
    mutation createFreeShippingCode($discount: DiscountCodeFreeShippingInput!) {
      outcome: discountCodeFreeShippingCreate(freeShippingCodeDiscount: $discount) {
        userErrors {
          code
          message
        }
      }
    }
  `,
} as const

export const findCode = {
  points: 4,
  document: `#graphql
    query findCode($code: String!) {
      found: codeDiscountNodeByCode(code: $code) {
        id
        codeDiscount {
          ... on DiscountCodeBasic {
            title
            status
            endsAt
            asyncUsageCount
            context {
              ... on DiscountCustomers {
                customers {
                  id
                }
              }
            }
          }
          ... on DiscountCodeFreeShipping {
            title
            status
            endsAt
            asyncUsageCount
            context {
              ... on DiscountCustomers {
                customers {
                  id
                }
              }
            }
          }
        }
      }
    }
  `,
} as const

export const endCode = {
  points: 10,
  document: `#graphql
    mutation endCode($id: ID!) {
      outcome: discountCodeDeactivate(id: $id) {
        userErrors {
          code
          message
        }
      }
    }
  `,
} as const

export const deleteCodes = {
  points: 10,
  document: `#graphql
    mutation deleteCodes($ids: [ID!]!) {
      outcome: discountCodeBulkDelete(ids: $ids) {
        job {
          id
          done
        }
        userErrors {
          code
          message
        }
      }
    }
  `,
} as const

export const findJob = {
  points: 1,
  document: `#graphql
    query findJob($id: ID!) {
      job(id: $id) {
        done
      }
    }
  `,
} as const

export const findOrders = {
  points: 302,
  document: `#graphql
    query findOrders($query: String!, $after: String) {
      orders(first: 100, after: $after, query: $query, sortKey: UPDATED_AT) {
        nodes {
          id
          createdAt
          discountCodes
          currentTotalPriceSet {
            shopMoney {
              amount
              currencyCode
            }
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `,
} as const

export const findOrder = {
  points: 3,
  document: `#graphql
    query findOrder($id: ID!) {
      order(id: $id) {
        id
        name
        tags
        customer {
          id
        }
        customAttributes {
          key
          value
        }
      }
    }
  `,
} as const

export const findOrdersNamed = {
  points: 17,
  document: `#graphql
    query findOrdersNamed($query: String!) {
      orders(first: 5, query: $query) {
        nodes {
          id
          name
          tags
          customer {
            id
          }
          customAttributes {
            key
            value
          }
        }
      }
    }
  `,
} as const

export const findLatestOrder = {
  points: 4,
  document: `#graphql
    query findLatestOrder($id: ID!) {
      customer(id: $id) {
        lastOrder {
          id
          name
          tags
          customer {
            id
          }
          customAttributes {
            key
            value
          }
        }
      }
    }
  `,
} as const

export const updateOrder = {
  points: 10,
  document: `#graphql
    mutation updateOrder($input: OrderInput!) {
      outcome: orderUpdate(input: $input) {
        userErrors {
          field
          message
        }
      }
    }
  `,
} as const

export const readStoreCredit = {
  points: 37,
  document: `#graphql
    query readStoreCredit($id: ID!, $accounts: String!, $transactions: String!) {
      customer(id: $id) {
        storeCreditAccounts(first: 1, query: $accounts) {
          nodes {
            balance {
              amount
            }
            transactions(
              first: 10
              query: $transactions
              sortKey: CREATED_AT
              reverse: true
            ) {
              nodes {
                amount {
                  amount
                }
                ... on StoreCreditAccountCreditTransaction {
                  id
                  expiresAt
                  remainingAmount {
                    amount
                  }
                }
                ... on StoreCreditAccountDebitTransaction {
                  id
                }
              }
            }
          }
        }
      }
    }
  `,
} as const

export const giveStoreCredit = {
  points: 10,
  document: `#graphql
    mutation giveStoreCredit($id: ID!, $credit: StoreCreditAccountCreditInput!) {
      outcome: storeCreditAccountCredit(id: $id, creditInput: $credit) {
        userErrors {
          code
          message
        }
      }
    }
  `,
} as const

export const takeStoreCredit = {
  points: 10,
  document: `#graphql
    mutation takeStoreCredit($id: ID!, $debit: StoreCreditAccountDebitInput!) {
      outcome: storeCreditAccountDebit(id: $id, debitInput: $debit) {
        userErrors {
          code
          message
        }
      }
    }
  `,
} as const

export const startFlow = {
  points: 10,
  document: `#graphql
    mutation startFlow($handle: String!, $payload: JSON!) {
      outcome: flowTriggerReceive(handle: $handle, payload: $payload) {
        userErrors {
          field
          message
        }
      }
    }
  `,
} as const

export const findNode = {
  points: 1,
  document: `#graphql
    query findNode($id: ID!) {
      node(id: $id) {
        ... on Collection {
          id
        }
        ... on Product {
          id
        }
      }
    }
  `,
} as const

/** Needs no scope. */
export const readCreditSwitch = {
  points: 1,
  document: `#graphql
    query readCreditSwitch {
      storeCreditConfiguration {
        storeCreditEnabled
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

export const stageUpload = {
  points: 11,
  document: `#graphql
    mutation stageUpload($filename: String!) {
      outcome: stagedUploadsCreate(
        input: [
          {
            resource: BULK_MUTATION_VARIABLES
            filename: $filename
            mimeType: "text/jsonl"
            httpMethod: POST
          }
        ]
      ) {
        stagedTargets {
          url
          parameters {
            name
            value
          }
        }
        userErrors {
          message
        }
      }
    }
  `,
} as const

export const runBulkMutation = {
  points: 10,
  document: `#graphql
    mutation runBulkMutation($mutation: String!, $path: String!) {
      outcome: bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: $path) {
        bulkOperation {
          id
        }
        userErrors {
          code
          message
        }
      }
    }
  `,
} as const

export const runBulkQuery = {
  points: 10,
  document: `#graphql
    mutation runBulkQuery($query: String!) {
      outcome: bulkOperationRunQuery(query: $query, groupObjects: false) {
        bulkOperation {
          id
        }
        userErrors {
          code
          message
        }
      }
    }
  `,
} as const

export const findBulkOperation = {
  points: 1,
  document: `#graphql
    query findBulkOperation($id: ID!) {
      bulkOperation(id: $id) {
        status
        errorCode
        objectCount
        url
        partialDataUrl
      }
    }
  `,
} as const

export const listBulkMutations = {
  points: 52,
  document: `#graphql
    query listBulkMutations {
      bulkOperations(
        first: 50
        query: "operation_type:mutation"
        sortKey: CREATED_AT
        reverse: true
      ) {
        nodes {
          id
          query
        }
      }
    }
  `,
} as const

export const cancelBulkOperation = {
  points: 10,
  document: `#graphql
    mutation cancelBulkOperation($id: ID!) {
      outcome: bulkOperationCancel(id: $id) {
        userErrors {
          message
        }
      }
    }
  `,
} as const
