/** shopify-app-remix, configured once. */
import '@shopify/shopify-app-remix/adapters/node'
import { ApiVersion, AppDistribution, shopifyApp } from '@shopify/shopify-app-remix/server'
import { config } from './config.server.ts'
import { sendShopsTo } from './shopify/origin.server.ts'
import { welcome } from './shops/installation.server.ts'
import { libraryLog } from './shops/platform.server.ts'
import { sessionStorage } from './shops/sessions.server.ts'

export const shopify = shopifyApp({
  apiKey: config.shopify.apiKey,
  apiSecretKey: config.shopify.apiSecret,
  apiVersion: ApiVersion.October26,
  appUrl: config.shopify.appUrl,
  scopes: config.shopify.scopes,
  authPathPrefix: '/auth',
  distribution: AppDistribution.AppStore,
  sessionStorage,
  logger: libraryLog,
  future: {
    unstable_newEmbeddedAuthStrategy: true,
    expiringOfflineAccessTokens: true,
  },
  hooks: {
    afterAuth: ({ session }) => welcome(session),
  },
})

sendShopsTo(config.shopify.adminOrigin)

export const { authenticate } = shopify
